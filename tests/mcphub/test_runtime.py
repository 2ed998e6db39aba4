"""runtime.py: memory that follows the database, and its orderly end."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from accounts import services as accounts
from catalog.models import Entry, Source
from catalog.services import set_entry_enabled
from mcphub import authors, runtime
from monitoring import health
from servers import host
from servers import services as servers
from servers.models import AllowedOrigin, EndedSession, Server
from tests import gates, make
from tests.hub import published

ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}
HOLD = {"name": "hold", "arguments": {"steps": 1}}


async def until(met):
    """Wait until something is so, while announcements make their way."""
    while not met():
        await asyncio.sleep(0.01)


def served(hub, slug, present=True):
    """Wait until a server is served, or no longer is."""
    hub.run(until(lambda: (slug in hub.runtime.hub.live.current.servers) == present))


def moved(hub, act):
    """Do something that is announced, and wait until it is served."""
    before = hub.runtime.hub.live.current
    act()
    hub.run(until(lambda: hub.runtime.hub.live.current is not before))


def test_server_that_is_published_later_is_served(hub):
    published("late", Source.objects.get())
    served(hub, "late")
    assert hub.post("late", "tools/call", ADD).text == "2"


def test_server_that_is_switched_off_is_gone(hub, alice):
    server = Server.objects.get(slug="open")
    servers.set_server_enabled(actor=alice, server=server, enabled=False)
    served(hub, "open", present=False)
    assert hub.post("open", "tools/list").status == 401


def test_tool_that_is_switched_off_is_gone(hub, alice):
    entry = Entry.objects.get(name="add")
    moved(hub, lambda: set_entry_enabled(actor=alice, entry=entry, enabled=False))
    assert hub.post("open", "tools/call", ADD).code == -32602


def test_membership_that_ended_is_noticed(hub, alice, bob):
    team = bob.teams.get()
    server = published("closed", Source.objects.get(), team=team)
    hub.refresh()
    token = make.token(bob, server)
    assert hub.post("closed", "tools/call", ADD, token=token).text == "2"
    accounts.remove_member(actor=alice, team=team, user=bob)
    assert hub.post("closed", "tools/call", ADD, token=token).code == -32602


def test_origin_that_is_allowed_is_noticed(hub):
    origin = "https://a.example"
    moved(hub, lambda: (AllowedOrigin.objects.create(origin=origin), _announce()))
    assert hub.post("open", "tools/list", headers={"origin": origin}).status == 200


def _announce():
    runtime.bus.publish("catalog", "0")


def test_bus_that_came_back_makes_everything_read_again(hub):
    server = published("late", Source.objects.get())
    Server.objects.filter(pk=server.pk).update(slug="silent")
    moved(hub, lambda: runtime.bus._call(runtime.bus.CONNECTED, ""))
    served(hub, "silent")


TRUTH = {"banner", "catalog", "principals", "client-policy", "sessions", "masked-names"}
TRUTH |= {runtime.bus.CONNECTED}


def test_only_what_others_must_hear_is_no_chatter(hub):
    assert set(runtime.bus._callbacks) - runtime.bus._chatter >= TRUTH
    heard_here = {topic for topic, callbacks in runtime.bus._callbacks.items() if callbacks}
    assert heard_here - TRUTH == runtime.bus._chatter


def listed(hub, session):
    """Return the status of a request in a session."""
    return hub.post("open", "tools/list", session=session).status


def end_unheard(hub, session):
    """End a session without an announcement; return whether the hub knows that it is over."""
    sessions = hub.runtime.hub.sessions
    nonce = sessions._read[session.id].nonce
    EndedSession.objects.create(nonce=nonce, expires_at=datetime.now(UTC) + timedelta(hours=1))
    return lambda: not sessions.going_on([nonce])


def test_session_that_was_ended_unheard_is_over_when_the_bus_is_back(hub):
    session, other = (hub.session("open", "2025-11-25") for _ in range(2))
    assert listed(hub, session) == listed(hub, other) == 200
    over = end_unheard(hub, session)
    assert listed(hub, session) == 200
    runtime.bus._call(runtime.bus.CONNECTED, "")
    hub.run(until(over))
    assert listed(hub, session) == 404
    assert listed(hub, other) == 200


def test_ends_that_could_not_be_read_are_read_with_the_next_check(hub, monkeypatch, caplog):
    session = hub.session("open", "2025-11-25")
    assert listed(hub, session) == 200
    over = end_unheard(hub, session)

    def away():
        raise OperationalError("the database is away")

    with monkeypatch.context() as outage:
        outage.setattr(host, "read_ended", away)
        runtime.bus._call(runtime.bus.CONNECTED, "")
        hub.run(until(lambda: "the sessions that ended could not be read" in caplog.text))
    hub.run(hub.runtime.hearing.learn_ended())
    assert over() and listed(hub, session) == 404


def test_request_during_the_start_waits_for_its_end(hub):
    hub.runtime._started.clear()
    exchange = hub.begin("open", "tools/list")
    hub.run(asyncio.sleep(0))
    assert not exchange.answer.status
    hub.loop.call_soon_threadsafe(hub.runtime._started.set)
    assert exchange.finish().status == 200


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("token", [1, None], ids=["stream", "json"])
def test_drain_ends_running_requests_with_a_final_message(hub, monkeypatch, revision, token):
    monkeypatch.setattr(runtime, "DRAIN_SECONDS", 0.0)
    meta = {} if token is None else {"progressToken": token}
    exchange = hub.begin("open", "tools/call", HOLD, revision=revision, meta=meta)
    hub.run(until(lambda: "holds" in gates.done))
    hub.run(hub.runtime.drain())
    answer = exchange.finish()
    assert answer.ended and answer.streamed == (token is not None)
    assert answer.result["isError"] is True and "restarting" in answer.text
    assert gates.done == ["holds", "stopped"]


def test_drain_lets_requests_end(hub):
    exchange = hub.begin("open", "tools/call", HOLD)
    hub.run(until(lambda: "holds" in gates.done))
    hub.loop.call_later(0.1, gates.opened.set)
    hub.run(hub.runtime.drain())
    assert exchange.finish().text == "let go"


def test_drain_that_is_hurried_waits_no_longer(hub, monkeypatch):
    monkeypatch.setattr(runtime, "DRAIN_SECONDS", 3600.0)
    exchange = hub.begin("open", "tools/call", HOLD)
    hub.run(until(lambda: "holds" in gates.done))
    hub.loop.call_later(0.1, hub.runtime.hurry)
    hub.run(hub.runtime.drain())
    assert "restarting" in exchange.finish().text
    health.set_draining(False)


def test_drain_of_an_idle_hub_is_short_and_told(hub):
    hub.run(hub.runtime.drain())
    assert health.report().ready is False
    health.set_draining(False)


# --- authors' files -------------------------------------------------------------------------------


def test_saved_file_is_followed_and_its_author_told(db, tmp_path, settings, caplog):
    file = tmp_path / "mine.py"
    file.write_text("from mcphub import tool\n\n@tool\ndef one() -> str:\n    return '1'\n")
    settings.TOOL_PATHS = [str(file)]
    (server,) = authors.publish_new(None)
    following = authors.Following()
    file.write_text("from mcphub import tool\n\n@tool\ndef second() -> str:\n    return '2'\n")
    with caplog.at_level(logging.INFO, logger=authors.log.name):
        following()
    assert f"tools loaded again: {file}" in caplog.text
    names = set(server.entries.values_list("exposed_name", "entry__state"))
    assert names == {("one", "missing"), ("second", "active")}


def test_file_that_breaks_is_told_and_keeps_its_tools(db, tmp_path, settings):
    file = tmp_path / "mine.py"
    file.write_text("from mcphub import tool\n\n@tool\ndef one() -> str:\n    return '1'\n")
    settings.TOOL_PATHS = [str(file)]
    authors.publish_new(None)
    following = authors.Following()
    file.write_text("def broken(:\n")
    following()
    source = Source.objects.get()
    assert "line 1" in source.problem and source.entries.get().state == "active"


def test_file_taken_out_of_its_folder_offers_nothing_any_more(db, tmp_path, settings):
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("stays", "goes"):
        text = f"from mcphub import tool\n\n@tool\ndef {name}() -> str:\n    return ''\n"
        (folder / f"{name}.py").write_text(text)
    settings.TOOL_PATHS = [str(folder)]
    authors.publish_new(None)
    following = authors.Following()
    (folder / "goes.py").unlink()
    following()
    states = dict(Entry.objects.values_list("name", "state"))
    assert states == {"stays": "active", "goes": "missing"}


def test_outage_while_following_is_made_up_for(db, tmp_path, settings, monkeypatch, caplog):
    """The watcher must neither end nor forget what it could not write."""
    file = tmp_path / "mine.py"
    file.write_text("from mcphub import tool\n\n@tool\ndef one() -> str:\n    return '1'\n")
    settings.TOOL_PATHS = [str(file)]
    authors.publish_new(None)
    following = authors.Following()
    file.write_text("from mcphub import tool\n\n@tool\ndef second() -> str:\n    return '2'\n")

    def locked(**_named):
        raise OperationalError("database is locked")

    with monkeypatch.context() as outage, caplog.at_level(logging.WARNING):
        outage.setattr(authors.catalog, "sync_source", locked)
        following()
    following()
    assert Entry.objects.filter(name="second", state="active").exists()


def test_what_an_admin_took_down_stays_down(db, tmp_path, settings, alice):
    file = tmp_path / "my_tools.py"
    file.write_text("from mcphub import tool\n\n@tool\ndef one() -> str:\n    return '1'\n")
    settings.TOOL_PATHS = [str(file)]
    (server,) = authors.publish_new(None)
    assert (server.slug, server.visibility) == ("my-tools", "team")
    servers.delete_server(actor=alice, server=server)
    assert authors.publish_new(None) == []
