import queue
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.bus.line import Line
from monitoring.bus.message import Message, encode
from monitoring.bus.poll import PollBackend
from monitoring.models import Announcement

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = encode(Message("f" * 32, "catalog", "7"))


@pytest.fixture
def heard():
    return queue.Queue()


@pytest.fixture
def line(heard):
    line = Line(PollBackend(), heard.put)
    yield line
    line.stop(10)


def test_a_row_of_another_process_is_heard_once(line, heard):
    line.start()
    assert line.connected.wait(10)
    PollBackend().send_once(TEXT)
    assert heard.get(timeout=10) == TEXT
    line.send(encode(Message("e" * 32, "catalog", "8")))
    assert '"8"' in heard.get(timeout=10)


def test_what_was_said_before_the_start_is_not_heard(line, heard):
    PollBackend().send_once(encode(Message("f" * 32, "catalog", "old")))
    line.start()
    assert line.connected.wait(10)
    PollBackend().send_once(TEXT)
    assert heard.get(timeout=10) == TEXT


def test_rows_older_than_ten_minutes_are_pruned(line, heard):
    PollBackend().send_once(TEXT)
    Announcement.objects.update(at=datetime.now(UTC) - timedelta(minutes=11))
    line.start()
    assert line.connected.wait(10)
    PollBackend().send_once(TEXT)
    heard.get(timeout=10)
    line.stop(10)
    assert Announcement.objects.count() == 1
