"""subscriptions/listen: what is agreed, who hears what, and how it ends (2026-07-28)."""

import asyncio

import pytest

from accounts import services as accounts
from accounts.models import IssuedToken
from accounts.tokens import digest
from catalog import services as catalog
from catalog.models import Entry
from mcphub import runtime
from servers import listening
from servers import services as servers
from servers.models import Server
from servers.snapshot import Snapshot
from tests import make
from tests.hub import STATELESS, Hub
from tests.streams import (
    ACKNOWLEDGED,
    EVERYTHING,
    HIDDEN,
    PROMPTS,
    RESOURCES,
    SEEN,
    SUBSCRIPTION,
    TOOLS,
    heard,
    hears,
    listen,
    listen_in,
    said,
    serve,
    streams_open,
    tell,
)

LISTEN = "subscriptions/listen"
END = "update"


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves the tools that talk, as `streams` to all."""
    serve(hub)
    return hub


@pytest.fixture
def private(hub, bob) -> Server:
    """A server of bob's team."""
    return serve(hub, "private", team=bob.teams.get())


def listeners(hub) -> int:
    return len(hub.runtime.hub.listeners)


def agreed(exchange):
    """Return what the subscription was agreed to tell."""
    first = exchange.answer.messages[0]
    assert first["method"] == ACKNOWLEDGED
    return first["params"]["notifications"]


def closes(exchange):
    """Wait for the graceful end, and return what was heard before."""
    answer = exchange.finish()
    assert answer.ended and answer.result["_meta"][SUBSCRIPTION] == answer.message["id"]
    return heard(exchange)[:-1]


# --- what is agreed -------------------------------------------------------------------------------


@pytest.mark.behaviour("M1", "M2")
@pytest.mark.parametrize("id_", [1, "1", 0, -7, "", "ein é", 2**53])
def test_subscription_begins_with_what_was_agreed_and_is_named_as_the_request_was(hub, id_):
    exchange = listen(hub, id=id_)
    assert agreed(exchange) == EVERYTHING
    tell(hub, "change", what="tools")
    hears(exchange, ACKNOWLEDGED, TOOLS)
    hub.run(hub.runtime.drain())
    answer = exchange.finish()
    named = [m.get("params", m.get("result"))["_meta"][SUBSCRIPTION] for m in answer.messages]
    assert named == [id_] * 3 and {type(name) for name in named} == {type(id_)}
    assert answer.message["id"] == id_ and type(answer.message["id"]) is type(id_)


@pytest.mark.behaviour("M1")
@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, {}),
        ({"toolsListChanged": False}, {}),
        ({"promptsListChanged": True, "other": 7}, {"promptsListChanged": True}),
        ({"resourceSubscriptions": []}, {}),
        ({"resourceSubscriptions": ["streams://none", "", "x" * 9_000]}, {}),
        ({"resourceSubscriptions": [SEEN, SEEN]}, {"resourceSubscriptions": [SEEN]}),
        (
            {"resourceSubscriptions": ["streams://by/a/b", "streams://by/a", SEEN]},
            {"resourceSubscriptions": ["streams://by/a/b", SEEN]},
        ),
    ],
)
def test_what_there_is_not_is_not_agreed_to(hub, wanted, told):
    assert agreed(listen(hub, wanted)) == told


@pytest.mark.parametrize(
    "wanted",
    [
        {"toolsListChanged": 1},
        {"toolsListChanged": None},
        {"promptsListChanged": "true"},
        {"resourceSubscriptions": SEEN},
        {"resourceSubscriptions": None},
        {"resourceSubscriptions": [SEEN, 7]},
        {"resourceSubscriptions": [f"x:{number}" for number in range(1_001)]},
    ],
)
def test_wrong_types_and_too_many_are_invalid_parameters(hub, wanted):
    answer = hub.post("streams", LISTEN, {"notifications": wanted})
    assert (answer.status, answer.code) == (200, -32602)
    assert answer.header("content-type") == "application/json" and listeners(hub) == 0


@pytest.mark.parametrize("params", [{"notifications": []}, {"notifications": None}])
def test_filter_that_is_no_object_is_an_invalid_parameter(hub, params):
    assert hub.post("streams", LISTEN, params).code == -32602


def test_subscription_to_nothing_said_is_an_invalid_parameter(hub):
    answer = hub.post("streams", "subscriptions/listen", {})
    assert (answer.code, answer.error["message"]) == (-32602, '"notifications" is missing.')


def test_of_an_empty_filter_nothing_is_agreed_to(hub):
    exchange = hub.begin("streams", LISTEN, {"notifications": {}})
    exchange.wait_for(lambda answer: b"\n\n" in answer.body)
    assert agreed(exchange) == {}


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/*", None])
def test_client_that_takes_no_stream_is_refused(hub, accept):
    answer = hub.post("streams", LISTEN, {"notifications": {}}, headers={"accept": accept})
    assert (answer.status, answer.code, answer.message["id"]) == (406, -32600, 1)
    assert listeners(hub) == 0


def test_listening_needs_the_scope_for_reading(hub, private, bob):
    token = make.token(bob, private, scopes=["mcp:prompts"])
    answer = hub.post("private", LISTEN, {"notifications": {}}, token=token)
    assert answer.status == 403 and "mcp:read" in answer.header("www-authenticate")


def test_resource_that_one_may_not_read_is_not_agreed_to(hub, private, bob):
    servers.add_rule(actor=None, server=private, effect="deny", pattern=HIDDEN)
    hub.refresh()
    token, both = make.token(bob, private), {"resourceSubscriptions": [HIDDEN, SEEN]}
    exchange = listen(hub, both, slug="private", token=token)
    assert agreed(exchange) == {"resourceSubscriptions": [SEEN]}


# --- what is heard --------------------------------------------------------------------------------


@pytest.mark.behaviour("J6", revisions=[STATELESS])
@pytest.mark.behaviour("M3")
@pytest.mark.parametrize(
    ("what", "told"), [("tools", TOOLS), ("prompts", PROMPTS), ("resources", RESOURCES)]
)
@pytest.mark.parametrize("tool", ["change", "change_in_thread"])
def test_list_that_a_tool_says_has_changed_is_told_to_whoever_asked_for_it(hub, tool, what, told):
    one = listen(hub, {f"{what}ListChanged": True})
    others = listen(hub, {**EVERYTHING, f"{what}ListChanged": False})
    tell(hub, tool, what=what)
    tell(hub, END, uri=SEEN)
    hears(others, ACKNOWLEDGED, SEEN)
    hears(one, ACKNOWLEDGED, told)


@pytest.mark.behaviour("M3")
@pytest.mark.parametrize("tool", ["update", "update_in_thread"])
def test_only_the_resources_that_were_asked_for_are_told_as_updated(hub, tool):
    page = "streams://by/a/b"
    one = listen(hub, {"resourceSubscriptions": [page, "streams://none"]})
    other = listen(hub, {"resourceSubscriptions": [SEEN]})
    for uri in ("streams://by/a/c", "streams://by/a/B", "streams://none", HIDDEN, f"{page}/"):
        tell(hub, tool, uri=uri)
    tell(hub, tool, uri=page)
    tell(hub, tool, uri=SEEN)
    hears(other, ACKNOWLEDGED, SEEN)
    hears(one, ACKNOWLEDGED, page)


def test_thousand_announcements_at_once_are_one(hub):
    exchange = listen(hub)
    tell(hub, "update", uri=SEEN, times=1_000)
    tell(hub, "change", what="tools")
    hears(exchange, ACKNOWLEDGED, SEEN, TOOLS)


def test_address_that_the_bus_cannot_carry_holds_up_no_other(hub):
    exchange = listen(hub)
    tell(hub, "update_all", first="streams://" + "é" * 4_000, uris=[SEEN])
    hears(exchange, ACKNOWLEDGED, SEEN)


def test_too_many_different_announcements_at_once_are_told_in_the_log(hub, caplog):
    exchange = listen(hub)
    tell(hub, "update_all", first=SEEN, uris=[f"streams://{n}" for n in range(1_001)])
    hears(exchange, ACKNOWLEDGED, SEEN)
    assert "too many changes at once" in caplog.text


@pytest.mark.behaviour("M3", "M4")
def test_several_subscriptions_with_one_id_are_several(hub):
    one = listen(hub, {"toolsListChanged": True}, id=7)
    two = listen(hub, {"promptsListChanged": True}, id=7)
    assert listeners(hub) == 2
    tell(hub, "change", what="prompts")
    hears(two, ACKNOWLEDGED, PROMPTS)
    tell(hub, "change", what="tools")
    hears(one, ACKNOWLEDGED, TOOLS)
    two.disconnect()
    two.finish()
    tell(hub, "change", what="tools")
    hears(one, ACKNOWLEDGED, TOOLS, TOOLS)


def test_announcements_of_another_server_are_not_heard(hub):
    serve(hub, "other")
    exchange = listen(hub)
    tell(hub, "change", slug="other", what="tools")
    tell(hub, "update", slug="other", uri=SEEN)
    tell(hub, "change", what="prompts")
    hears(exchange, ACKNOWLEDGED, PROMPTS)


def test_progress_and_log_of_calls_are_not_heard(hub):
    meta = {"progressToken": 1, "io.modelcontextprotocol/logLevel": "debug"}
    exchange = listen(hub, meta=meta)
    call = hub.post("streams", "tools/call", {"name": "mixed"}, meta=meta)
    assert len(call.messages) == 6
    tell(hub, END, uri=SEEN)
    hears(exchange, ACKNOWLEDGED, SEEN)


# --- when the catalog changes ---------------------------------------------------------------------


def switch(name, enabled):
    catalog.set_entry_enabled(actor=None, entry=Entry.objects.get(name=name), enabled=enabled)


KINDS = [
    ("change", TOOLS),
    ("typed", PROMPTS),
    ("streams://seen", RESOURCES),
    ("streams://by/{land}/{river}", RESOURCES),
]


@pytest.mark.behaviour("J6", revisions=[STATELESS])
@pytest.mark.parametrize(("name", "told"), KINDS)
def test_entry_that_is_switched_off_or_on_is_told(hub, name, told):
    exchange = listen(hub)
    entry = next(e for e in Entry.objects.all() if name in {e.name, *_addresses(e)})
    for number, enabled in enumerate((False, True), start=1):
        catalog.set_entry_enabled(actor=None, entry=entry, enabled=enabled)
        hears(exchange, ACKNOWLEDGED, *[told] * number)


def _addresses(entry):
    body = entry.current.definition.body
    return [each for each in ("streams://seen", "streams://by/{land}/{river}") if each in body]


def test_new_definition_is_told_and_the_same_one_is_not(hub):
    exchange = listen(hub)
    entry = Entry.objects.get(name="mixed")
    body = {"name": "mixed", "description": "New.", "inputSchema": {"type": "object"}}
    make.version(entry, body)
    hub.refresh()
    hears(exchange, ACKNOWLEDGED, TOOLS)
    make.version(entry, body)
    hub.refresh()
    tell(hub, END, uri=SEEN)
    hears(exchange, ACKNOWLEDGED, TOOLS, SEEN)


def test_rule_is_told_to_those_for_whom_it_changes_something(hub, private, bob, charlie):
    make.member(bob.teams.get(), charlie)
    one = listen(hub, slug="private", token=make.token(bob, private))
    other = listen(hub, slug="private", token=make.token(charlie, private))
    servers.add_rule(actor=None, server=private, effect="deny", pattern="mixed", user=charlie)
    hears(other, ACKNOWLEDGED, TOOLS)
    servers.add_rule(actor=None, server=private, effect="deny", pattern="mixed")
    hears(one, ACKNOWLEDGED, TOOLS)
    tell_private(hub, private, bob, "change", what="prompts")
    hears(one, ACKNOWLEDGED, TOOLS, PROMPTS)
    hears(other, ACKNOWLEDGED, TOOLS, PROMPTS)


def tell_private(hub, private, user, tool, **arguments):
    params = {"name": tool, "arguments": arguments}
    answer = hub.post("private", "tools/call", params, token=make.token(user, private))
    assert answer.text == "said"


def test_what_is_hidden_changes_unheard(hub, private, bob):
    servers.add_rule(actor=None, server=private, effect="deny", pattern="mixed")
    exchange = listen(hub, slug="private", token=make.token(bob, private))
    for enabled in (False, True):
        switch("mixed", enabled)
        hub.refresh()
    make.version(Entry.objects.get(name="mixed"), {"name": "mixed", "inputSchema": {}})
    servers.update_server(actor=None, server=private, title="Another title")
    hub.refresh()
    tell_private(hub, private, bob, "update", uri=SEEN)
    hears(exchange, ACKNOWLEDGED, SEEN)


def test_update_of_a_resource_that_was_hidden_meanwhile_is_unheard(hub, private, bob):
    both = {"resourceSubscriptions": [HIDDEN, SEEN]}
    exchange = listen(hub, both, slug="private", token=make.token(bob, private))
    servers.add_rule(actor=None, server=private, effect="deny", pattern=HIDDEN)
    hub.refresh()
    for uri in (HIDDEN, SEEN):
        tell_private(hub, private, bob, "update", uri=uri)
    hears(exchange, ACKNOWLEDGED, SEEN)


def test_membership_that_widens_what_one_sees_is_told(hub, private, bob, charlie):
    team = make.team("more")
    servers.add_rule(actor=None, server=private, effect="allow", user=charlie, pattern="change")
    servers.add_rule(actor=None, server=private, effect="allow", team=team, pattern="typed")
    exchange = listen(hub, slug="private", token=make.token(charlie, private))
    accounts.add_member(actor=None, team=team, user=charlie)
    hears(exchange, ACKNOWLEDGED, PROMPTS)
    accounts.remove_member(actor=None, team=team, user=charlie)
    hears(exchange, ACKNOWLEDGED, PROMPTS, PROMPTS)


# --- how it ends ----------------------------------------------------------------------------------


@pytest.mark.behaviour("M6", "L11")
def test_revoked_token_ends_its_subscription(hub, private, bob):
    tokens = [make.token(bob, private) for _ in range(2)]
    ended, other = [listen(hub, slug="private", token=token) for token in tokens]
    issued = IssuedToken.objects.get(access_token__token_checksum=digest(tokens[0]))
    accounts.revoke_token(actor=None, issued=issued)
    assert closes(ended) == [ACKNOWLEDGED]
    assert listeners(hub) == 1 and not other.answer.ended


@pytest.mark.behaviour("M6")
def test_expired_token_ends_its_subscription(hub, private, bob, monkeypatch):
    exchange = listen(hub, slug="private", token=make.token(bob, private, days=1))
    hub.run(hub.runtime.hub.listeners.recheck())
    assert not exchange.answer.ended
    now = listening.time.time()
    monkeypatch.setattr(listening.time, "time", lambda: now + 2 * 86_400)
    hub.run(hub.runtime.hub.listeners.recheck())
    assert closes(exchange) == [ACKNOWLEDGED]


@pytest.mark.behaviour("M6")
@pytest.mark.parametrize("way", ["member", "rule"])
def test_lost_access_ends_a_subscription(hub, private, bob, charlie, way):
    person = bob
    if way == "rule":
        person = charlie
        rule = servers.add_rule(actor=None, server=private, user=charlie, pattern="change")
        hub.refresh()
    exchange = listen(hub, slug="private", token=make.token(person, private))
    if way == "rule":
        servers.delete_rule(actor=None, rule=rule)
    else:
        accounts.remove_member(actor=None, team=bob.teams.get(), user=bob)
    assert closes(exchange) == [ACKNOWLEDGED]


@pytest.mark.behaviour("M6")
def test_team_server_without_entries_is_listened_to(hub, bob):
    make.server("empty", team=bob.teams.get())
    server = Server.objects.get(slug="empty")
    hub.refresh()
    exchange = listen(hub, slug="empty", token=make.token(bob, server))
    hub.refresh()
    hub.run(hub.runtime.hub.listeners.recheck())
    assert not exchange.answer.ended and listeners(hub) == 1


@pytest.mark.behaviour("M6", "L11")
@pytest.mark.parametrize("change", ["disabled", "private", "renamed", "gone"])
def test_server_that_is_there_no_more_ends_its_subscriptions(hub, change, bob):
    exchange, other = listen(hub), listen(hub, slug="open", wanted={})
    server = Server.objects.get(slug="streams")
    if change == "disabled":
        servers.set_server_enabled(actor=None, server=server, enabled=False)
    elif change == "private":
        changes = {"visibility": "team", "team": bob.teams.get()}
        servers.update_server(actor=None, server=server, **changes)
    elif change == "renamed":
        servers.update_server(actor=None, server=server, slug="elsewhere")
    else:
        servers.delete_server(actor=None, server=server)
    assert closes(exchange) == [ACKNOWLEDGED]
    assert listeners(hub) == 1 and not other.answer.ended


@pytest.mark.behaviour("L11")
def test_stopping_hub_ends_its_subscriptions_at_once_and_those_that_still_come(hub):
    exchanges = [listen(hub) for _ in range(3)]
    session = hub.session("streams", "2025-11-25")
    hub.run(hub.runtime.drain())
    assert [closes(each) for each in exchanges] == [[ACKNOWLEDGED]] * 3
    late = hub.post("streams", LISTEN, {"notifications": {}})
    assert [message.get("method") for message in late.messages] == [ACKNOWLEDGED, None]
    assert hub.raw("GET", "streams", {"accept": "text/event-stream", **session.headers}).ended


def test_open_subscriptions_do_not_make_a_stop_wait_for_running_calls(hub, monkeypatch):
    monkeypatch.setattr(runtime, "DRAIN_SECONDS", float("inf"))
    listen(hub)
    listen_in(hub, hub.session("streams", "2025-11-25"))
    hub.run(hub.runtime.drain())
    assert listeners(hub) == 0


def test_client_that_leaves_is_forgotten(hub):
    before, tasks = streams_open(), settled(hub)
    exchanges = [listen(hub) for _ in range(5)]
    assert streams_open() == before + 5
    for exchange in exchanges:
        exchange.disconnect()
        exchange.finish()
    assert b'"result"' not in exchanges[0].answer.body
    assert (listeners(hub), streams_open()) == (0, before)
    assert settled(hub) == tasks and not hub.runtime.hub.running.all


def settled(hub) -> int:
    """Return how many tasks the hub's loop has, once those that are done are gone."""
    return hub.run(_settled())


async def _settled() -> int:
    for _ in range(10):
        await asyncio.sleep(0)
    return len(asyncio.all_tasks())


def test_client_that_left_before_it_was_told_anything_is_forgotten(hub):
    before = streams_open()
    exchange = hub.begin("streams", LISTEN, {"notifications": EVERYTHING})
    exchange.disconnect()
    exchange.finish()
    assert (listeners(hub), streams_open()) == (0, before)


def test_server_that_was_hidden_while_its_request_came_in_is_not_listened_to(hub, monkeypatch):
    inner = hub.runtime.hub
    admission = hub.run(inner.admit("streams", None))

    def admit_and_hide(slug, token):
        inner.live.current = Snapshot()
        return admission

    monkeypatch.setattr(inner, "admitted", admit_and_hide)
    answer = hub.post("streams", LISTEN, {"notifications": EVERYTHING})
    assert [said(each) for each in answer.messages] == [ACKNOWLEDGED, "result"]
    assert listeners(hub) == 0
