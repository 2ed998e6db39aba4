"""chores.py: work that comes again is done once, however many call for it."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from mcphub import chores
from mcphub.celery import app
from mcphub.runtime import CHORE_SECONDS
from servers.models import Chore

SECONDS = 30.0


@pytest.fixture
def done(monkeypatch):
    """What was done, of one chore that comes every thirty seconds."""
    done: list[str] = []
    every = chores.Every(SECONDS, lambda: done.append("sweep"))
    monkeypatch.setattr(chores, "CHORES", {"sweep": every})
    return done


def passed(seconds: float) -> None:
    begun_at = timezone.now() - timedelta(seconds=seconds)
    Chore.objects.update(begun_at=begun_at)


@pytest.mark.django_db
def test_chore_that_two_beats_call_for_is_done_once_each_time(done):
    assert [chores.do("sweep") for _beat in range(2)] == [True, False]
    passed(SECONDS)
    assert [chores.do("sweep") for _beat in range(2)] == [True, False]
    assert done == ["sweep"] * 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", [True, False], ids=["first", "again"])
def test_chore_is_done_once_by_many_at_the_same_moment(done, first):
    if connections["default"].vendor == "sqlite":
        pytest.skip("needs TEST_ON_POSTGRES")
    if not first:
        Chore.objects.create(name="sweep", begun_at=timezone.now() - timedelta(seconds=SECONDS))
    together = threading.Barrier(4)

    def beat() -> None:
        together.wait(20)
        chores.do("sweep")
        connections.close_all()

    threads = [threading.Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert done == ["sweep"]


@pytest.mark.django_db
def test_what_nobody_called_for_is_done_when_it_is_overdue(done):
    chores.do_overdue()
    assert done == ["sweep"]
    passed((chores.OVERDUE - 0.1) * SECONDS)
    chores.do_overdue()
    assert done == ["sweep"]
    passed(chores.OVERDUE * SECONDS)
    chores.do_overdue()
    assert done == ["sweep"] * 2


@pytest.mark.django_db
def test_chore_that_fails_is_logged_and_comes_again(monkeypatch, caplog):
    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(chores, "CHORES", {"sweep": chores.Every(SECONDS, away)})
    assert chores.do("sweep")
    assert "sweep was not done: away" in caplog.text
    passed(SECONDS)
    assert chores.do("sweep")


def test_beat_calls_for_every_chore_and_keeps_no_file():
    assert set(app.conf.beat_schedule) == set(chores.CHORES)
    assert app.conf.beat_scheduler == "celery.beat.Scheduler"
    assert {each["args"] for each in app.conf.beat_schedule.values()} == {
        (name,) for name in chores.CHORES
    }


@pytest.mark.parametrize("does", [True, False])
def test_process_that_serves_one_client_leaves_chores_to_others(hub, does):
    """It has one server's tools, and would take jobs of others and fail them."""

    async def acts():
        hub.runtime._ways = hub.runtime._ways._replace(chores=does)
        return [act.seconds for act in hub.runtime._acts()]

    assert (CHORE_SECONDS in hub.run(acts())) is does


@pytest.mark.parametrize("speaks", [True, False])
def test_one_process_of_a_worker_looks_for_what_is_overdue(hub, done, speaks):
    assert hub.runtime._runner is not None
    hub.runtime._speaks = speaks
    hub.run(hub.runtime._do_overdue())
    assert done == (["sweep"] if speaks else [])
