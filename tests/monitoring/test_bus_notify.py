import queue

import pytest
from django.db import connection

from monitoring.bus.line import Line
from monitoring.bus.message import SIZE_LIMIT, Message, encode
from monitoring.bus.notify import NotifyBackend

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("needs_postgresql"),
]

TEXT = encode(Message("f" * 32, "catalog", "7"))


@pytest.fixture
def heard():
    return queue.Queue()


@pytest.fixture
def line(heard):
    line = Line(NotifyBackend(), heard.put)
    line.start()
    assert line.connected.wait(10)
    yield line
    line.stop(10)


def test_a_notification_from_another_connection_is_heard(line, heard):
    NotifyBackend().send_once(TEXT)
    assert heard.get(timeout=10) == TEXT


def test_a_line_sends_and_listens_on_one_connection(line, heard):
    line.send(TEXT)
    assert heard.get(timeout=10) == TEXT


def test_the_longest_message_passes(line, heard):
    text = encode(Message("f" * 32, "t", "x" * (SIZE_LIMIT - 47)))
    assert len(text) >= SIZE_LIMIT - 5
    line.send(text)
    assert heard.get(timeout=10) == text


def test_a_broken_connection_is_made_anew(line, heard, caplog):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN mcphub_bus%%' AND datname = current_database()"
        )
        assert cursor.fetchone() == (True,)
    line.send(TEXT)
    assert heard.get(timeout=10) == TEXT
    assert line.connected.wait(10)
