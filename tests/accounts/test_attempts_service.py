"""services/attempts.py: steps become attempts, old ones go, and nothing secret is in them."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services
from accounts.errors import NotAllowed
from accounts.models import AttemptStep, ConnectionAttempt, OAuthClient, Step
from accounts.oauth import steps
from accounts.oauth.notebook import Noted
from accounts.services import attempts
from accounts.tokens import digest
from tests import make

SERVER = uuid.uuid4()
HERE = "192.0.2.7"


@pytest.fixture
def editor(db):
    return make.client("Editor")


@pytest.fixture
def shared(db):
    """A client that several people have."""
    return make.oauth_client("Shared", registration_source="manual")


def noted(step="challenge", reason="", **more):
    return Noted(step, reason, **{"address": HERE, **more})


def walk(*noted_steps):
    """Write these steps in order; return the attempts there are, oldest first."""
    for each in noted_steps:
        services.note_step(each)
    return list(ConnectionAttempt.objects.order_by("id"))


def test_whole_way_is_one_attempt_that_learns_who_it_is(editor, bob):
    known = {"client_id": editor.pk}
    allowed = {**known, "user_id": bob.pk, "server": SERVER}
    (attempt,) = walk(
        noted(server=SERVER, user_agent="editor/1"),
        noted("metadata", server=SERVER),
        noted("registration", **known),
        noted("authorize", address="198.51.100.9", **allowed),
        noted("allowed", address="198.51.100.9", **allowed),
        noted("token", **allowed),
        noted("call", address="", **allowed),
    )
    assert [row.step for row in attempt.steps.all()] == Step.values
    assert (attempt.client, attempt.user, attempt.server) == (editor, bob, SERVER)
    assert (attempt.address, attempt.user_agent) == (HERE, "editor/1")
    assert (attempt.last_step, attempt.reason) == ("call", "")


def test_browser_of_a_shared_client_is_not_taken_over_by_who_comes_next(shared, bob):
    hers = noted("authorize", client_id=shared.pk, user_agent="Mozilla/5.0 Alice")
    his = {"client_id": shared.pk, "user_id": bob.pk, "server": SERVER, "address": "198.51.100.5"}
    first, second = walk(hers, noted("authorize", **his), noted("allowed", **his))
    assert (first.user, first.address) == (None, HERE)
    assert (second.user, second.address, second.user_agent) == (bob, "198.51.100.5", "")


def test_made_up_code_from_elsewhere_does_not_enter_an_attempt_under_way(editor, shared, bob):
    for client in (editor, shared):
        hers = {"client_id": client.pk, "user_id": bob.pk, "server": SERVER}
        walk(noted("authorize", **hers), noted("allowed", **hers))
        stranger = {"client_id": client.pk, "address": "203.0.113.9"}
        walk(
            noted("token", "code_unknown", **stranger),
            noted("token", "refresh_unknown", **stranger),
        )
        attempt = ConnectionAttempt.objects.get(client=client, user=bob)
        assert (attempt.last_step, attempt.reason) == ("allowed", "")


def test_code_that_is_known_is_its_persons_wherever_it_is_redeemed(shared, bob):
    hers = {"client_id": shared.pk, "user_id": bob.pk, "server": SERVER}
    (attempt,) = walk(
        noted("allowed", **hers), noted("token", "verifier", address="203.0.113.9", **hers)
    )
    assert attempt.reason == "verifier"
    assert [row.address for row in attempt.steps.all()] == [HERE, "203.0.113.9"]


def test_attempt_that_reached_its_end_is_not_gone_on_with(editor, bob):
    whose = {"client_id": editor.pk, "user_id": bob.pk, "server": SERVER}
    assert len(walk(noted("call", **whose), noted("token", "refresh_reused", **whose))) == 2


def test_step_of_another_process_that_is_written_late_finds_its_attempt(bob):
    late = noted(server=SERVER, at=timezone.now() - timedelta(seconds=1))
    (attempt,) = walk(noted("call", user_id=bob.pk, server=SERVER), late)
    assert [row.step for row in attempt.steps.all()] == ["challenge", "call"]
    assert attempt.begun_at == late.at and attempt.last_step == "call"


def test_what_comes_after_the_window_is_a_new_attempt(db):
    now = timezone.now()
    assert len(walk(noted(at=now - timedelta(minutes=16)), noted(at=now))) == 2


def test_failure_stays_until_its_step_or_a_later_one_goes_well(editor):
    known = {"client_id": editor.pk}
    (attempt,) = walk(noted("token", "verifier", **known), noted("metadata"))
    assert (attempt.last_step, attempt.reason) == ("token", "verifier")
    (attempt,) = walk(noted("token", **known))
    assert (attempt.last_step, attempt.reason) == ("token", "")


def test_client_that_goes_round_and_round_adds_no_more_steps(db, monkeypatch):
    monkeypatch.setattr(attempts, "MOST_STEPS", 3)
    (attempt,) = walk(*(noted("authorize", "denied") for _ in range(5)))
    assert attempt.steps.count() == 3


def test_refused_token_is_explained_when_it_is_written(bob, charlie):
    server, other = make.server(), make.server()
    expired = digest(make.token(bob, server, days=-1))
    elsewhere = digest(make.token(bob, other))
    charlie.is_active = False
    charlie.save()
    disabled = digest(make.token(charlie, server))
    for token in (expired, elsewhere, disabled, digest("made up"), ""):
        steps.note_challenge(HERE, "curl", server.public_id, token)
    assert services.write_noted() == 5
    found = AttemptStep.objects.order_by("id").values_list("reason", "attempt__user__username")
    assert set(found) == {
        ("token_expired", "bob"),
        ("token_elsewhere", "bob"),
        ("person_disabled", "charlie"),
        ("token_unknown", None),
        ("token_malformed", None),
    }


def test_token_of_a_server_that_is_switched_off_says_so(bob, directory):
    server = directory.add("notes", "bob")
    token = digest(make.token(bob, server))
    steps.note_challenge(HERE, "", None, token)
    services.write_noted()
    directory.servers.remove(server)
    steps.notebook.clear()
    steps.note_challenge(HERE, "", None, token)
    services.write_noted()
    reasons = AttemptStep.objects.order_by("id").values_list("reason", flat=True)
    assert list(reasons) == ["token_elsewhere", "server_gone"]


def test_token_of_a_blocked_client_names_the_client(bob, editor):
    server = make.server()
    token = digest(make.token(bob, server))
    row = bob.issued_tokens.get().access_token
    row.application = editor
    row.save()
    OAuthClient.objects.filter(pk=editor.pk).update(blocked=True)
    steps.note_challenge(HERE, "", server.public_id, token)
    services.write_noted()
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.reason, attempt.client, attempt.user) == ("client_blocked", editor, bob)


def test_no_token_nor_its_digest_is_kept(bob):
    text = make.token(bob, make.server(), days=-1)
    steps.note_challenge(HERE, "curl", SERVER, digest(text))
    services.write_noted()
    (row,) = AttemptStep.objects.values()
    (attempt,) = ConnectionAttempt.objects.values()
    kept = f"{row}{attempt}"
    assert text not in kept and digest(text) not in kept
    assert digest(text) not in repr(noted(token=digest(text)))


def test_text_that_does_not_print_is_left_out(db):
    (attempt,) = walk(noted(user_agent="a\0b\u202ec\n" + "d" * 500, detail="x\0" + "y" * 500))
    assert attempt.user_agent.startswith("abcd") and len(attempt.user_agent) <= 120
    assert "\0" not in attempt.steps.get().detail and len(attempt.steps.get().detail) <= 300


@pytest.mark.django_db(transaction=True)
def test_person_who_goes_meanwhile_loses_the_step_and_no_other():
    steps.notebook.note(noted("token", user_id=999_999))
    steps.notebook.note(noted("token", user_id=make.user("dora").pk))
    assert services.write_noted() == 1
    assert ConnectionAttempt.objects.get().user.username == "dora"


def test_step_costs_the_same_few_queries_however_many_attempts_there_are(editor, bob):
    step = noted("token", client_id=editor.pk, user_id=bob.pk, server=SERVER)
    with CaptureQueriesContext(connection) as few:
        services.note_step(step)
    for number in range(60):
        services.note_step(replace(step, user_id=None, client_id=None, address=f"192.0.2.{number}"))
    with CaptureQueriesContext(connection) as many:
        services.note_step(step)
    assert len(many) <= len(few) + 1  # the attempt is there now: saved, not inserted


def test_old_attempts_go_with_their_steps(db):
    week = timezone.now() - timedelta(days=7, minutes=1)
    walk(noted(at=week), noted("metadata", at=week), noted(at=timezone.now()))
    assert services.sweep_attempts() == 1
    assert AttemptStep.objects.count() == ConnectionAttempt.objects.count() == 1


def test_of_too_many_attempts_those_of_nobody_go_first_and_the_oldest(bob, monkeypatch):
    monkeypatch.setattr(attempts, "MOST_KEPT", 2)
    now = timezone.now()
    whose = [bob.pk, None, None, bob.pk]
    for number, user in enumerate(whose):
        at = now - timedelta(minutes=20 * (5 - number))
        services.note_step(noted(at=at, address=f"192.0.2.{number}", user_id=user))
    assert services.sweep_attempts() == 2
    assert {row.user for row in ConnectionAttempt.objects.all()} == {bob}


def test_person_who_is_deleted_takes_their_attempts_along(alice, bob):
    walk(noted(user_id=bob.pk))
    services.delete_user(actor=alice, user=bob)
    assert not ConnectionAttempt.objects.exists()


def test_erasing_is_an_admins_and_leaves_no_address_in_the_trail(alice, bob, recorded):
    (attempt,) = walk(noted(user_id=bob.pk))
    with pytest.raises(NotAllowed):
        services.erase_attempt(actor=bob, attempt=attempt)
    services.erase_attempt(actor=alice, attempt=attempt)
    assert recorded() == ["attempt.erase"] and not AttemptStep.objects.exists()
