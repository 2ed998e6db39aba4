"""/me/connections/attempts/: mine and those from where I sit, each with what failed and the fix."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import attempt_selectors
from accounts.attempt_selectors import Mark, State, attempt_of, attempts_of, troubles_of, why
from accounts.models import ConnectionAttempt, OAuthClient
from accounts.oauth import steps
from accounts.oauth.reasons import REASONS
from tests import make

URL = "/me/connections/attempts/"
HERE, THERE = "127.0.0.1", "192.0.2.9"


@pytest.fixture
def mine(client, bob, directory):
    """Bob's browser at HERE."""
    client.force_login(bob)
    return client


def marks(facts):
    return [station.mark for station in facts.stations]


def test_visitor_is_sent_to_log_in(client, db):
    assert client.get(URL)["Location"] == f"/login/?next={URL}"
    assert client.get(f"{URL}{uuid.uuid4()}/").status_code == 302


def test_empty_list_says_what_it_means(mine):
    assert "the client did not reach this hub" in mine.get(URL).content.decode()


def test_what_was_noted_this_moment_is_on_the_page(mine, bob):
    steps.note_challenge(HERE, "editor/1", None, None)
    assert "<bdi>editor</bdi> to a server" in mine.get(URL).content.decode()


def test_page_of_one_names_the_step_the_reason_and_the_fix(mine, bob, directory):
    server = directory.add("demo", "bob")
    editor = OAuthClient.objects.create(name="Editor", client_id="editor")
    attempt = make.attempt(
        "challenge",
        "metadata",
        "registration",
        "authorize",
        "allowed",
        "token:verifier",
        user_id=bob.pk,
        client_id=editor.pk,
        server=server.public_id,
        address=HERE,
    )
    page = mine.get(f"{URL}{attempt.public_id}/").content.decode()
    reason = REASONS["verifier"]
    assert "<bdi>Editor</bdi> to Demo" in page and f"Token: {reason.what}" in page
    assert reason.fix in page and "<code>verifier</code>" in page
    (facts,) = attempts_of(bob, HERE)
    assert marks(facts) == [Mark.DONE] * 4 + [Mark.FAILED, Mark.AHEAD]
    assert (facts.state, facts.failed_at) == (State.FAILED, "Token")


def test_somebody_elses_attempt_is_not_found(mine, charlie):
    attempt = make.attempt("token:denied", user_id=charlie.pk, address=HERE)
    assert mine.get(f"{URL}{attempt.public_id}/").status_code == 404
    assert str(attempt.public_id) not in mine.get(URL).content.decode()


def test_attempt_of_nobody_is_seen_from_its_address_for_a_day(bob, directory):
    here = make.attempt("challenge", address=HERE)
    there = make.attempt("challenge", address=THERE)
    make.attempt("challenge", address=HERE, minutes_ago=25 * 60, server=uuid.uuid4())
    assert [each.public_id for each in attempts_of(bob, HERE)] == [here.public_id]
    assert attempt_of(bob, HERE, there.public_id) is None
    assert attempts_of(bob, "") == []


def test_attempt_of_nobody_is_seen_from_where_its_browser_sits(bob, directory):
    editor = make.client("Editor")
    make.attempt("registration", client_id=editor.pk, address=THERE, user_agent="cloud/1")
    refused = make.attempt("authorize:redirect_mismatch", client_id=editor.pk, address=HERE)
    (facts,) = attempts_of(bob, HERE)
    assert (facts.public_id, facts.code) == (refused.public_id, "redirect_mismatch")
    assert (facts.addresses, facts.user_agent) == ((HERE,), "")
    assert attempts_of(bob, "198.51.100.1") == []


@pytest.mark.parametrize("source", ["dcr", "cimd", "manual"])
def test_nobody_reads_where_somebody_elses_browser_sits(mine, bob, directory, source):
    server = directory.add("demo", "bob")
    client = make.oauth_client("Team client", registration_source=source)
    known = {"client_id": client.pk}
    make.attempt("authorize", address="203.0.113.77", user_agent="Mozilla/5.0 Alice", **known)
    his = {**known, "user_id": bob.pk, "server": server.public_id, "address": HERE}
    attempt = make.attempt("authorize", "allowed", user_agent="Mozilla/5.0 Bob", **his)
    page = mine.get(f"{URL}{attempt.public_id}/").content.decode()
    assert "Mozilla/5.0 Bob" in page and HERE in page
    for shown in (page, mine.get(URL).content.decode()):
        assert "203.0.113.77" not in shown and "Alice" not in shown


def test_person_sees_where_their_code_was_shown(bob, directory):
    known = {"client_id": make.client("Editor").pk, "user_id": bob.pk}
    make.attempt("allowed", address=HERE, **known)
    make.attempt("token:code_replayed", address=THERE, user_agent="thief/1", **known)
    (facts,) = attempts_of(bob, "198.51.100.1")
    assert facts.addresses == (HERE, THERE)
    assert [event.address for each in facts.stations for event in each.events] == [HERE, THERE]


def test_server_one_may_not_use_stays_nameless_and_so_do_its_details(bob, directory):
    hidden = directory.add("secret", "alice")
    make.attempt("authorize:resource_unknown", user_id=bob.pk, server=hidden.public_id, detail="Xy")
    (facts,) = attempts_of(bob, HERE)
    assert facts.server == "a server"
    assert [event.detail for station in facts.stations for event in station.events] == [""]


@pytest.mark.parametrize(
    ("taken", "code", "waited"),
    [
        (["challenge"], "never_asked", "Metadata"),
        (["challenge", "metadata"], "never_registered", "Registration"),
        (["registration"], "never_authorized", "Authorization"),
        (["authorize"], "left_open", "Authorization"),
        (["authorize", "allowed"], "never_redeemed", "Token"),
        (["token"], "never_called", "First call"),
    ],
)
def test_client_that_never_came_back_is_told_as_such(bob, directory, taken, code, waited):
    attempt = make.attempt(*taken, user_id=bob.pk, minutes_ago=11)
    (facts,) = troubles_of(bob, HERE)
    assert (facts.code, facts.state, facts.failed_at) == (code, State.STOPPED, waited)
    soon = attempt.last_at + timedelta(seconds=30)
    assert why(attempt, soon) == ""


def test_attempt_that_goes_on_or_got_through_is_no_trouble(bob, directory):
    make.attempt("challenge", "metadata", user_id=bob.pk)
    assert attempts_of(bob, HERE)[0].state == State.UNDER_WAY
    make.attempt("token", "call", user_id=bob.pk, minutes_ago=20)
    states = {each.state for each in attempts_of(bob, HERE)}
    assert states == {State.UNDER_WAY, State.CONNECTED} and troubles_of(bob, HERE) == []


def test_station_that_a_known_client_needs_not_is_not_seen(bob, directory):
    make.attempt("challenge", "metadata", "authorize", "allowed", user_id=bob.pk)
    (facts,) = attempts_of(bob, HERE)
    assert marks(facts)[:4] == [Mark.DONE, Mark.DONE, Mark.PASSED, Mark.DONE]


def test_failure_that_was_overcome_is_no_verdict(bob, directory):
    make.attempt("challenge:token_expired", "metadata", "token", "call", user_id=bob.pk)
    (facts,) = attempts_of(bob, HERE)
    assert (facts.state, facts.reason, facts.failed_at) == (State.CONNECTED, None, "")


def test_reason_of_another_version_is_shown_all_the_same(mine, bob):
    attempt = make.attempt("token:from_the_future", user_id=bob.pk)
    page = mine.get(f"{URL}{attempt.public_id}/")
    assert page.status_code == 200 and "from_the_future" in page.content.decode()


def test_what_a_client_calls_itself_is_escaped(mine, bob):
    attempt = make.attempt("challenge", user_id=bob.pk, user_agent="<script>alert(1)</script>")
    page = mine.get(f"{URL}{attempt.public_id}/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    assert 'style="' not in page


def test_longer_list_asks_the_database_no_more(mine, bob, directory):
    server = directory.add("demo", "bob")
    make.attempt("challenge", "metadata", user_id=bob.pk, server=server.public_id)
    mine.get(URL)
    with CaptureQueriesContext(connection) as few:
        mine.get(URL)
    for number in range(30):
        make.attempt("call", user_id=bob.pk, server=server.public_id, minutes_ago=number * 20)
    with CaptureQueriesContext(connection) as many:
        mine.get(URL)
    assert len(many) <= len(few)


def test_list_is_bounded(bob, directory, monkeypatch):
    monkeypatch.setattr(attempt_selectors, "MOST_SHOWN", 3)
    now = timezone.now()
    for number in range(5):
        at = now - timedelta(minutes=20 * number)
        ConnectionAttempt.objects.create(user=bob, begun_at=at, last_at=at, last_step="call")
    assert len(attempts_of(bob, HERE)) == 3
