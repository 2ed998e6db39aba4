"""/login/."""

import json
from html import escape

import pytest
from django.core.cache import cache
from django.db import OperationalError

from accounts import services, throttle
from accounts.attempt_selectors import attempts_of
from accounts.models import ConnectionAttempt
from accounts.oauth import engine
from monitoring import rollup
from monitoring.audit import flush
from monitoring.models import AuditEvent, AuditPerson
from tests import make
from tests.accounts.asking import request_of


def log_in(client, name="bob", password=make.PASSWORD, **extra):
    next_url = extra.pop("next", "")
    return client.post(
        "/login/", {"username": name, "password": password, "next": next_url}, **extra
    )


def test_who_is_logged_in_already_reads_as_whom(client, bob):
    client.force_login(bob)
    page = client.get("/login/").content.decode()
    assert "You are logged in as <bdi>bob</bdi>." in page and 'href="/"' in page


def test_page_has_the_two_fields(client, db):
    page = client.get("/login/").content.decode()
    assert 'name="username"' in page and 'name="password"' in page


def test_right_password_leads_to_the_servers(client, bob):
    response = log_in(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(bob.pk)


def test_next_is_followed_within_the_hub(client, bob):
    assert log_in(client, next="/me/tokens/?a=b")["Location"] == "/me/tokens/?a=b"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\\\\e"],
)
def test_next_does_not_lead_away(client, bob, target):
    assert log_in(client, next=target)["Location"] == "/"


def test_wrong_password_is_told_without_saying_which_is_wrong(client, bob):
    known = log_in(client, password="wrong").content.decode()
    unknown = log_in(client, name="nobody", password="wrong").content.decode()
    sentence = "This name and password do not fit."
    assert sentence in known and sentence in unknown
    assert "_auth_user_id" not in client.session


def test_disabled_person_does_not_get_in(client, bob):
    bob.is_active = False
    bob.save()
    assert log_in(client).status_code == 200


def test_password_is_never_shown_again(client, bob):
    assert "hunter2" not in log_in(client, password="hunter2").content.decode()


def test_log_in_is_recorded_with_the_persons_name(client, bob):
    log_in(client)
    flush()
    event = AuditEvent.objects.get()
    assert (event.kind, event.action, event.user) == ("session", "session.begin", bob.public_id)
    assert json.loads(event.data) == {"address": "127.0.0.1"}
    assert AuditPerson.objects.get(pk=bob.public_id).label == "bob"


def test_refused_log_in_is_recorded_with_whose_name_it_was_once_a_minute(client, bob, monkeypatch):
    monkeypatch.setattr(throttle, "LOGIN", throttle.Brake("login", 3, 300))
    for number in range(8):
        log_in(client, name=" bob ", password=f"canary-{number}", REMOTE_ADDR="192.0.2.7")
    flush()
    refused, limited = AuditEvent.objects.order_by("id")
    for event, reason in ((refused, "login_refused"), (limited, "login_limited")):
        assert (event.kind, event.action, event.reason) == ("session", "session.refuse", reason)
        assert (event.user, event.verdict, event.outcome) == (bob.public_id, "deny", "denied")
        assert json.loads(event.data) == {"address": "192.0.2.7"}
        assert "canary" not in str(event.__dict__)


def test_name_of_nobody_is_in_no_event(client, bob):
    for name in ("nobody", "BOB", "canary word", "bob\0", "bob" + "x" * 200):
        log_in(client, name=name, password="wrong")
    flush()
    assert not AuditEvent.objects.exists()


def test_failures_are_counted_without_what_was_typed(client, bob, monkeypatch):
    monkeypatch.setattr(throttle, "LOGIN", throttle.Brake("login", 2, 300))
    rollup.drain(everything=True)
    for _ in range(3):
        log_in(client, name="canary-name", password="canary-word")
    (event,) = rollup.drain(everything=True)
    told = json.loads(event.data)["reasons"]
    assert told == {"login_refused": 2, "login_limited": 1} and "canary" not in str(event)


def test_eleventh_attempt_waits_even_with_the_right_password(client, bob):
    for _ in range(10):
        assert log_in(client, password="wrong").status_code == 200
    response = log_in(client)
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert "Too many attempts" in response.content.decode()
    assert "_auth_user_id" not in client.session


SPELT = ("bob", "BOB", " bob ", "\uff42\uff4f\uff42", "Bob")


def test_twenty_wrong_log_ins_are_throttled_told_and_rolled_up(client, bob):
    """However the name is spelt, from whichever address of one network, and whatever proxies claim."""
    rollup.drain(everything=True)
    statuses = [
        log_in(
            client,
            name=SPELT[number % len(SPELT)],
            password=f"wrong {number}",
            REMOTE_ADDR=f"2001:db8:1:2::{number + 1}",
            HTTP_X_FORWARDED_FOR=f"192.0.2.{number}",
        ).status_code
        for number in range(20)
    ]
    assert statuses == [200] * 10 + [429] * 10
    right = log_in(client, REMOTE_ADDR="2001:db8:1:2::99")
    assert right.status_code == 429 and "Too many attempts" in right.content.decode()
    assert "_auth_user_id" not in client.session
    (event,) = rollup.drain(everything=True)
    assert json.loads(event.data)["reasons"] == {"login_refused": 10, "login_limited": 11}
    assert "bob" not in str(event).lower() and "wrong" not in str(event)


def test_an_address_that_tries_many_names_is_throttled_too(client, charlie, monkeypatch):
    monkeypatch.setattr(throttle, "LOGIN_ADDRESS", throttle.Brake("login-address", 5, 300))
    statuses = [log_in(client, name=f"name{each}").status_code for each in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    assert log_in(client, name="charlie").status_code == 429
    assert log_in(client, name="charlie", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_getting_in_forgives_earlier_failures(client, bob):
    for _ in range(9):
        log_in(client, password="wrong")
    assert log_in(client).status_code == 302
    assert log_in(client, password="wrong").status_code == 200


def test_brake_is_for_one_name_and_one_address(client, bob, charlie):
    for _ in range(11):
        log_in(client, password="wrong")
    assert log_in(client, name="charlie").status_code == 302
    assert log_in(client, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_brake_ignores_case_and_forged_forwarding(client, bob):
    for number in range(10):
        log_in(client, name="BOB", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert log_in(client).status_code == 429


def test_pause_ends_with_its_window(client, bob):
    for _ in range(11):
        log_in(client, password="wrong")
    cache.clear()
    assert log_in(client).status_code == 302


@pytest.mark.parametrize("name", ["a\0b", "x" * 100_000, "\ud800".encode("utf-8", "replace")])
def test_senseless_names_are_just_wrong(client, db, name):
    assert log_in(client, name=name).status_code == 200


def test_form_needs_its_csrf_token(client, bob):
    client.handler.enforce_csrf_checks = True
    response = log_in(client)
    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()


def test_someone_without_access_is_told_who_they_are(client, bob):
    client.force_login(bob)
    page = client.get("/admin/", follow=True).content.decode()
    assert "You are logged in as bob" in page


def test_admins_own_log_in_page_is_not_a_way_round_the_brake(client, db):
    response = client.post("/admin/login/?next=/admin/", {"username": "a", "password": "b"})
    assert response["Location"] == "/login/?next=/admin/"


def waiting(client, app, **extra):
    return log_in(client, next=request_of(app), **extra)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ("dcr", "nobody has checked it"),
        ("manual", "An admin of this hub entered it by hand."),
    ],
)
def test_page_names_the_client_that_waits_and_no_server(client, db, directory, known, words):
    directory.add("demo", "bob")
    app = make.oauth_client("<b>Claude</b>", registration_source=known)
    page = " ".join(client.get("/login/", {"next": request_of(app)}).content.decode().split())
    assert "Log in to connect <bdi>&lt;b&gt;Claude&lt;/b&gt;</bdi> to this hub" in page
    assert words in page and "Demo" not in page


@pytest.mark.parametrize("name", [make.PASSWORD, "wrong"])
def test_client_that_waits_is_kept_through_failures_and_the_brake(client, bob, name):
    app = make.oauth_client("Claude")
    for _ in range(10):
        failed = waiting(client, app, password="wrong").content.decode()
        assert "Claude" in failed and escape(request_of(app)) in failed
    braked = waiting(client, app, password=name)
    assert braked.status_code == 429
    assert (
        "Claude" in braked.content.decode() and escape(request_of(app)) in braked.content.decode()
    )


def test_failed_log_in_on_the_way_to_a_client_is_a_step_of_connecting(client, bob, monkeypatch):
    app = make.oauth_client("Claude")
    waiting(client, app, password="wrong")
    services.write_noted()
    (facts,) = attempts_of(bob, "127.0.0.1")
    assert (facts.client, facts.code, facts.failed_at) == (
        "Claude",
        "login_refused",
        "Authorization",
    )
    monkeypatch.setattr(throttle, "attempt", lambda *_asked: False)
    waiting(client, app)
    log_in(client)
    services.write_noted()
    (attempt,) = ConnectionAttempt.objects.all()
    assert (attempt.reason, attempt.user, attempt.steps.count()) == ("login_limited", None, 2)


def test_log_in_may_be_followed_to_the_client_that_waits_and_no_other(client, bob):
    """Chromium holds each redirect after a form against its page's form-action."""
    shown = client.get("/login/", {"next": request_of(make.oauth_client())})
    assert "form-action 'self' http://127.0.0.1:3334;" in shown["Content-Security-Policy"]
    assert shown["Cross-Origin-Opener-Policy"] == "unsafe-none"
    entered = waiting(client, make.oauth_client())
    assert entered["Cross-Origin-Opener-Policy"] == "unsafe-none"


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/cb"},
        {"client_id": "nobody"},
        {"client_id": None},
        {"state": "x" * 9000},
    ],
)
def test_request_that_will_be_refused_names_nobody(client, db, changes):
    address = request_of(make.oauth_client("Claude"), **changes)
    shown = client.get("/login/", {"next": address})
    assert "Claude" not in shown.content.decode()
    assert "form-action 'self';" in shown["Content-Security-Policy"]
    assert shown["Cross-Origin-Opener-Policy"] == "same-origin"


def test_other_pages_that_look_like_a_request_name_nobody(client, db):
    address = request_of(make.oauth_client("Claude"))
    for other in (f"/me/tokens/{address}", f"https://evil.example{address}", f"//evil{address}"):
        assert "Claude" not in client.get("/login/", {"next": other}).content.decode()


def test_page_stands_while_the_database_is_away(client, db, monkeypatch):
    address = request_of(make.oauth_client("Claude"))

    def away(said):
        raise OperationalError

    monkeypatch.setattr(engine, "asking_client", away)
    shown = client.get("/login/", {"next": address})
    assert shown.status_code == 200 and "Claude" not in shown.content.decode()
