"""Which clients still use HTTP+SSE: counted from what streams noted, bounded, and let go of in time."""

import asyncio
import threading
import uuid

import pytest
from django.db import DatabaseError, connection, connections
from django.test.utils import CaptureQueriesContext

from catalog.models import Source
from mcphub import chores
from servers import sse_clients
from servers.models import Server, SSEClient
from tests import make
from tests.hub import opening, published
from tests.sse import OverSse


@pytest.fixture(autouse=True)
def nothing_noted():
    """Begin and end without clients that wait."""
    sse_clients.notebook.take()
    yield
    sse_clients.notebook.take()


@pytest.fixture
def server(db):
    return make.server("demo")


def came(server, user=None, name="cursor", agent="node"):
    """A client names itself on a stream."""
    sse_clients.note(server.public_id, user and user.pk, name, agent)


def kept():
    """The clients that are kept: server, user, name, how often they came."""
    rows = SSEClient.objects.order_by("pk").select_related("server", "user")
    return [
        (row.server.slug, row.user and row.user.username, row.name, row.connects) for row in rows
    ]


def test_client_is_kept_once_for_each_person_and_server_and_counted(server, bob):
    other = make.server("other")
    for _ in range(2):
        came(server)
        came(server, bob)
    came(other, bob)
    assert sse_clients.write_noted() == 3
    assert kept() == [
        ("demo", None, "cursor", 2),
        ("demo", "bob", "cursor", 2),
        ("other", "bob", "cursor", 1),
    ]


def test_client_that_comes_again_has_the_time_and_agent_of_its_last_time(server):
    make.sse_client(server, name="cursor", first_used_at=(first := make.ago(days=40)), agent="old")
    SSEClient.objects.update(last_used_at=first)
    assert sse_clients.lately().count() == 0
    came(server, agent="new")
    sse_clients.write_noted()
    row = SSEClient.objects.get()
    assert (row.connects, row.agent, row.first_used_at) == (2, "new", first)
    assert sse_clients.lately().get() == row


def test_names_from_strangers_are_one_short_line(server):
    for name in ("a\0b\n\u202ec", "x" * 500, "\x1b[31mred", "\u200b", ""):
        came(server, name=name, agent="a\0\x1b" + "y" * 500)
    sse_clients.write_noted()
    assert [name for _, _, name, _ in kept()] == [
        sse_clients.UNNAMED,
        "[31mred",
        "ab c",
        "x" * 79 + "…",
    ]
    assert {row.agent for row in SSEClient.objects.all()} == {"a" + "y" * 117}


def test_names_that_are_invented_are_counted_together(server, bob):
    most = sse_clients.MOST_NAMES
    came(server, bob, name="known before")
    sse_clients.write_noted()
    for number in range(3 * most):
        came(server, name=f"invented {number:03}")
    sse_clients.write_noted()
    assert SSEClient.objects.filter(user=None).count() == most + 1
    assert SSEClient.objects.get(name=sse_clients.OTHERS).connects == 2 * most
    came(server, name="one more")
    came(server, name="invented 000")
    came(server, bob, name="another of bob's")
    sse_clients.write_noted()
    assert SSEClient.objects.filter(user=None).count() == most + 1
    assert SSEClient.objects.get(name=sse_clients.OTHERS).connects == 2 * most + 1
    assert SSEClient.objects.get(name="invented 000").connects == 2
    assert SSEClient.objects.filter(user=bob).count() == 2


def test_what_waits_is_bounded_and_what_is_too_much_is_told(server, caplog):
    for number in range(sse_clients.MOST_WAITING + 7):
        came(server, name=str(number))
    assert len(sse_clients.notebook) == sse_clients.MOST_WAITING
    sse_clients.write_noted()
    assert "7 clients on HTTP+SSE were too many to be counted" in caplog.text


def test_writing_asks_no_more_for_names_that_nobody_knows(server):
    def queries(names):
        for name in names:
            came(server, name=name)
        with CaptureQueriesContext(connection) as seen:
            sse_clients.write_noted()
        return len(seen)

    queries(map(str, range(sse_clients.MOST_NAMES)))
    few = queries(["new"])
    assert queries(f"new {number}" for number in range(500)) == few


def test_database_that_is_away_loses_the_count_alone(server, monkeypatch, caplog):
    def away(*_args, **_more):
        raise DatabaseError("away")

    came(server)
    monkeypatch.setattr(sse_clients, "_write", away)
    assert sse_clients.write_noted() == 0
    assert "clients on HTTP+SSE could not be counted: away" in caplog.text
    assert len(sse_clients.notebook) == 0


def test_client_of_a_server_or_person_that_is_gone_is_left_out(server, bob):
    came(server, bob)
    came(server)
    sse_clients.note(uuid.uuid4(), None, "nowhere", "")
    bob.delete()
    assert sse_clients.write_noted() == 1
    assert kept() == [("demo", None, "cursor", 1)]
    server.delete()
    assert kept() == []


def test_client_that_stays_away_for_ninety_days_is_let_go_of(server):
    make.sse_client(server, name="gone", last_used_at=make.ago(days=91))
    make.sse_client(server, name="quiet", last_used_at=make.ago(days=89))
    assert chores.do("sweep_sse_clients")
    assert [row[2] for row in kept()] == ["quiet"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_client_that_comes_by_many_processes_at_once_is_counted_by_all(bob):
    if connections["default"].vendor == "sqlite":
        pytest.skip("needs TEST_ON_POSTGRES")
    server = make.server("demo")
    together = threading.Barrier(4)

    def process():
        notebook = sse_clients.Notebook()
        for user in (None, bob.pk):
            notebook.note(sse_clients.Came(server.public_id, user, "cursor"), "node")
        together.wait(20)
        with sse_clients.transaction.atomic():
            sse_clients._write(notebook.take()[0])
        connections.close_all()

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(kept(), key=str) == [("demo", "bob", "cursor", 4), ("demo", None, "cursor", 4)]


def test_stream_that_named_its_client_is_counted_once(hub, bob):
    """The running hub writes within a moment; a stream that never says initialize is nobody's."""
    published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    token = make.token(bob, Server.objects.get(slug="closed"))
    streams = [OverSse(hub), OverSse(hub), OverSse(hub, "closed", token), OverSse(hub)]
    for stream in streams[:3]:
        stream.speak("2024-11-05")
    assert streams[0].code("initialize", opening("2024-11-05")) == -32600

    async def written():
        while len(sse_clients.notebook):
            await asyncio.sleep(0.01)

    hub.run(written())
    name = opening("2024-11-05")["clientInfo"]["name"]
    assert sorted(kept()) == [("closed", "bob", name, 1), ("open", None, name, 2)]
    for stream in streams:
        stream.end()
