"""What the tests themselves stand on: conftest.py, make.py and settings.py."""

import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from accounts.models import IssuedToken
from catalog.models import Entry
from catalog.selectors import catalog_number
from monitoring.models import AuditEvent
from servers.models import AccessRule, ServerEntry
from tests import laying, make, reaching
from tests.hub import AUTHORED, laid_out


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_sockets_beyond_loopback_are_refused(method):
    with socket.socket() as sock, pytest.raises(RuntimeError, match="tried to reach"):
        getattr(sock, method)(("192.0.2.1", 80))


def test_sockets_on_loopback_connect():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_what_waits_for_a_commit_runs_after_the_outermost_block(db):
    seen = []
    with transaction.atomic():
        with transaction.atomic():
            transaction.on_commit(lambda: seen.append("inner"))
        assert seen == []
    assert seen == ["inner"]


def test_what_waits_for_a_commit_runs_at_once_outside_of_blocks(db):
    seen = []
    transaction.on_commit(lambda: seen.append("now"))
    assert seen == ["now"]


def test_what_was_rolled_back_is_not_run(db):
    seen = []
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        transaction.on_commit(lambda: seen.append("never"))
        raise ZeroDivisionError
    with transaction.atomic():
        transaction.on_commit(lambda: seen.append("later"))
    assert seen == ["later"]


def test_settings_of_the_shell_do_not_get_in():
    names = [name for name in os.environ if name.startswith("MCPHUB_")]
    assert set(names) <= {"MCPHUB_DATA", "MCPHUB_SECRET_KEY"}
    assert "mcphub-tests-" in str(settings.DATA_DIR)


def test_factories_fit_together(bob):
    entry = make.entry(make.source(team=make.team()), "add")
    server = make.server("demo", entries=[entry])
    make.rule(server, user=bob)
    token = make.token(bob, server)
    assert (Entry.objects.get().current.number, ServerEntry.objects.get().entry) == (1, entry)
    assert AccessRule.objects.get().server == server
    assert IssuedToken.objects.get().server == server.public_id
    assert token.startswith("mcphub_")


# --- what keeps the tests quick -------------------------------------------------------------------


def test_what_is_laid_down_is_what_the_services_made(db):
    laying._kept.pop(("open", AUTHORED), None)
    made, laid = _left_behind(), _left_behind()
    assert laid == made
    assert made[0]["servers_serverentry"] and made[1]


def _left_behind():
    """Return the rows and the trail of a hub's first server, which is then taken back."""
    begun, number = transaction.savepoint(), catalog_number()
    laid_out("open")
    actions = list(AuditEvent.objects.order_by("id").values_list("action", "server", "data"))
    rows = laying._read(laying.Kept())
    assert catalog_number() > number
    transaction.savepoint_rollback(begun)
    return rows, actions


def test_test_that_asks_for_the_database_is_marked(request, db):
    assert request.node.get_closest_marker("stores")


def test_test_that_reaches_the_cache_alone_is_found_out(request):
    assert reaching.unmarked(request.node) and not reaching.reached
    cache.get("anything")
    assert reaching.reached == {"the cache"}
    reaching.reached.clear()


class Case:
    """A collected test, as far as it is looked at."""

    def __init__(self, nodeid: str, *marks: str) -> None:
        self.nodeid, self._marks = nodeid, marks

    def get_closest_marker(self, name: str) -> bool:
        return name in self._marks


def test_of_many_cases_some_are_left_out():
    many = [Case(f"a.py::test_a[{number}]", "stores") for number in range(9)]
    few = [Case(f"a.py::test_b[{number}]", "stores") for number in range(3)]
    pages = [Case(f"a.py::test_c[{number}]", "stores", "browser") for number in range(9)]
    left_out = reaching.beyond([*many, *few, *pages], 3)
    assert [case.nodeid[-2] for case in left_out] == list("123567")
    assert {case.nodeid[:-3] for case in left_out} == {"a.py::test_a"}
    assert [case.nodeid[-3:-1] for case in reaching.beyond(few, 1)] == ["[1", "[2"]


@pytest.mark.parametrize(("process", "redis"), [("gw0", "redis://a/1"), ("gw1", "redis://b/2")])
def test_each_process_has_a_redis_of_its_own(process, redis):
    asked = {"PYTEST_XDIST_WORKER": process, "TEST_ON_REDIS": "redis://a/1,redis://b/2"}
    told = subprocess.run(
        [sys.executable, "-c", "from tests.settings import REDIS_URL; print(REDIS_URL)"],
        env={"PATH": os.environ["PATH"], **asked},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == redis
