"""The queue of contents: bounded, written behind the events, deleted in time."""

import time
import uuid
from datetime import timedelta

import pytest
from django.db import DataError, OperationalError
from django.utils import timezone

from monitoring import audit
from monitoring.audit.flusher import Flusher
from monitoring.audit.trail import _trail
from monitoring.models import CallContent
from monitoring.recorded import keeping
from monitoring.recorded.keeping import Content, keep, sweep, waiting, write


def content(arguments: str = "{}", days: int = 7) -> Content:
    return Content(uuid.uuid4(), "demo", time.time(), days, arguments, "")


def test_content_is_written_with_its_time_to_go(db: None) -> None:
    kept = content('{"a": 1}', days=2)
    assert keep(kept)
    write()
    row = CallContent.objects.get()
    assert (row.pk, row.server, row.arguments) == (kept.id, "demo", '{"a": 1}')
    assert row.expires_at - row.at == timedelta(days=2)
    assert waiting() == 0


def test_queue_is_bounded_in_number_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_WAITING", 3)
    assert [keep(content()) for _ in range(4)] == [True, True, True, False]
    keeping.restart()
    monkeypatch.setattr(keeping, "MOST_CHARACTERS", 10)
    assert [keep(content("x" * 6)) for _ in range(2)] == [True, False]


def test_room_comes_back_when_contents_are_written(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_CHARACTERS", 10)
    assert keep(content("x" * 6))
    write()
    assert keep(content("x" * 6))


def test_database_that_is_away_gets_it_later(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(batch: object) -> None:
        raise OperationalError

    keep(content())
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "_insert", away)
        write()
    assert waiting() == 1
    write()
    assert CallContent.objects.count() == 1


def test_what_the_database_refuses_keeps_nothing_else_out(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = content(), content()
    create = CallContent.objects.bulk_create

    def refuse(rows: list[CallContent], **options: bool) -> object:
        if any(row.pk == bad.id for row in rows):
            raise DataError
        return create(rows, **options)

    monkeypatch.setattr(CallContent.objects, "bulk_create", refuse)
    keep(bad)
    keep(good)
    write()
    assert [row.pk for row in CallContent.objects.all()] == [good.id]
    assert "refuses" in caplog.text


def test_the_trails_thread_writes_it(db: None) -> None:
    keep(content())
    audit.record(audit.Event("call", "tools/call"))
    flusher = Flusher(_trail.writer)
    flusher.stop(1)  # nothing was started: it drains here
    assert CallContent.objects.count() == 1


def test_sweep_deletes_what_is_over_and_no_more_than_it_may(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    for number in range(-5, 2):
        CallContent.objects.create(
            id=uuid.uuid4(), at=now, server="demo", expires_at=now + timedelta(hours=number or 1)
        )
    monkeypatch.setattr(keeping, "SWEPT_AT_ONCE", 2)
    monkeypatch.setattr(keeping, "SWEEPS", 2)
    assert (sweep(), sweep(), sweep()) == (4, 1, 0)
    assert CallContent.objects.filter(expires_at__gt=now).count() == 2
