"""Which clients have called a server."""

import time
from importlib import import_module

import pytest
from django.apps import apps
from django.db import OperationalError

from accounts.models import IssuedToken
from monitoring import audit
from monitoring.audit import callers
from monitoring.models import AuditEvent
from servers import services
from servers.arrivals import arrivals
from servers.models import LastCall
from tests import make


@pytest.fixture
def server(db):
    return make.server("demo")


def call(client, server="demo", user=None, **said):
    """An event of this client."""
    facts = {"kind": "call", "action": "tools/call", "verdict": "allow", **said}
    key = str(getattr(client, "public_id", client))
    audit.record(audit.Event(user=user and user.public_id, client=key, server=server, **facts))
    audit.flush()


def called(server, user=None):
    return [each.client.id for each in arrivals(server, user).connected]


def test_client_stands_as_connected_once_it_has_called(server, bob):
    client = make.oauth_client("Claude Code (demo)")
    assert not arrivals(server).clients["claude-code"].let_in
    make.consent(bob, client, server)
    let_in = arrivals(server).clients["claude-code"]
    assert (let_in.let_in, let_in.last_call, let_in.ago) == (True, None, "")
    call(client, user=bob)
    assert called(server) == ["claude-code"]
    assert arrivals(server).clients["claude-code"].ago == "just now"


@pytest.mark.parametrize(
    "said", [{"verdict": "deny"}, {"kind": "change"}, {"server": "other"}, {"kind": "complete"}]
)
def test_what_is_no_call_on_this_server_connects_nobody(server, said):
    call(make.oauth_client("Codex"), **said)
    assert called(server) == []


def test_token_counts_by_the_name_people_gave_it(server, bob):
    make.token(bob, server)
    IssuedToken.objects.update(name="my Cursor at home")
    assert arrivals(server).clients["cursor"].let_in
    call(IssuedToken.objects.get(), user=bob)
    assert called(server) == ["cursor"]


def test_person_sees_calls_of_their_own_alone(server, bob, charlie):
    client = make.oauth_client("Zed")
    make.consent(bob, client, server)
    call(client, user=bob)
    assert (called(server, bob), called(server, charlie)) == (["zed"], [])
    assert not arrivals(server, charlie).clients["zed"].let_in


def test_others_are_named_with_their_last_call(server):
    call(make.oauth_client("Nightly report"))
    call("")
    call("stdio")
    call("00000000-0000-0000-0000-000000000000")
    names = {other.name for other in arrivals(server).others}
    assert names == {
        *("Nightly report", "Callers without a token", "Over standard streams"),
        "A client that is no longer known",
    }


def test_client_stays_connected_however_much_others_call(server, django_assert_num_queries):
    call(make.oauth_client("Codex"))
    for number in range(300):
        call(f"playground:{number}")
    AuditEvent.objects.all().delete()  # pruned
    with django_assert_num_queries(4):
        assert called(server) == ["codex"]


def test_registrations_of_one_client_are_one_row(server, bob):
    for _ in range(5):
        call(make.oauth_client("Codex"), user=bob)
    assert set(LastCall.objects.values_list("user", "caller")) == {
        ("", "family:codex"),
        (bob.public_id.hex, "family:codex"),
    }


def test_last_call_is_written_once_a_minute(server):
    client = make.oauth_client("Codex")
    start = time.time()
    call(client, at=start)
    call(client, at=start + 59)
    assert LastCall.objects.get().at.timestamp() == pytest.approx(start, abs=0.001)
    call(client, at=start + 61)
    assert LastCall.objects.get().at.timestamp() == pytest.approx(start + 61, abs=0.001)


def test_who_cannot_be_kept_now_is_kept_with_the_next_flush(server, monkeypatch):
    def fails(_calls):
        raise OperationalError

    monkeypatch.setattr(callers, "keepers", [fails])
    call(make.oauth_client("Codex"))
    assert AuditEvent.objects.exists() and called(server) == []
    monkeypatch.undo()
    audit.flush()
    assert called(server) == ["codex"]


def test_connected_stays_with_a_server_under_a_new_address_and_goes_with_it(server, alice):
    call(make.oauth_client("Codex"))
    server = services.update_server(actor=alice, server=server, slug="moved")
    assert called(server) == ["codex"]
    services.delete_server(actor=alice, server=server)
    assert not LastCall.objects.exists()


def test_queries_do_not_grow_with_clients(server, bob, django_assert_num_queries):
    for number in range(20):
        client = make.oauth_client(f"Client {number}")
        make.consent(bob, client, server)
        call(client)
    with django_assert_num_queries(6):
        arrivals(server)


def test_what_the_trail_has_is_taken_over_once(server, bob):
    call(make.oauth_client("Codex"), user=bob)
    call("stdio")
    call("x", verdict="deny")
    before = set(LastCall.objects.values_list("server", "user", "caller"))
    LastCall.objects.all().delete()
    import_module("servers.migrations.0008_last_calls_so_far").begin(apps, None)
    assert set(LastCall.objects.values_list("server", "user", "caller")) == before
