"""/me/password/: a new password for the old one."""

import pytest

from accounts import throttle
from accounts.models import Consent
from tests import make

PAGE = "/me/password/"
NEW = "another long secret"


def order(**said):
    return {"old_password": make.PASSWORD, "new_password1": NEW, "new_password2": NEW, **said}


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


def test_visitor_is_sent_to_log_in(client, db):
    assert client.get(PAGE)["Location"].startswith("/login/")
    assert client.post(PAGE, order())["Location"].startswith("/login/")


def test_password_is_changed_and_recorded_without_it(page, bob, recorded):
    answer = page.post(PAGE, order(), follow=True)
    assert "Your password is changed." in answer.content.decode()
    bob.refresh_from_db()
    assert bob.check_password(NEW)
    assert recorded() == ["user.password"]


def test_this_browser_stays_signed_in_and_others_do_not(page, bob):
    other = type(page)()
    other.force_login(bob)
    page.post(PAGE, order())
    assert page.get(PAGE).status_code == 200
    assert other.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"old_password": "wrong"}, "That is not your current password."),
        ({"new_password2": "another long secrets"}, "The two new passwords differ."),
        ({"new_password1": "12345", "new_password2": "12345"}, "too short"),
        ({"new_password1": "", "new_password2": ""}, "This field is required"),
        ({"new_password1": "x" * 20 + "\0", "new_password2": "x" * 20 + "\0"}, "Null characters"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(page, bob, said, told):
    answer = page.post(PAGE, order(**said))
    assert answer.status_code == 422
    assert told in answer.content.decode() and "is not changed" in answer.content.decode()
    bob.refresh_from_db()
    assert bob.check_password(make.PASSWORD)


def test_page_never_sends_a_password_back(page):
    said = order(new_password2="something else")
    answer = page.post(PAGE, said).content.decode()
    assert not [value for value in said.values() if value in answer]


@pytest.mark.parametrize("tick", [{}, {"tokens_too": "on"}])
def test_connections_stay_unless_ticked(page, bob, directory, tick):
    make.connected(make.consent(bob, make.client(), make.server()))
    page.post(PAGE, order(**tick))
    assert Consent.objects.exists() is not bool(tick)


def test_guessing_the_old_password_is_slowed_down(page, bob):
    for _ in range(throttle.PASSWORD.most):
        assert page.post(PAGE, order(old_password="guess")).status_code == 422
    answer = page.post(PAGE, order())
    assert answer.status_code == 429 and int(answer["Retry-After"]) == throttle.PASSWORD.seconds
    assert "Too many wrong passwords" in answer.content.decode()
    bob.refresh_from_db()
    assert bob.check_password(make.PASSWORD)


def test_who_knows_the_old_password_is_never_slowed_down(page):
    for _ in range(throttle.PASSWORD.most + 1):
        assert page.post(PAGE, order(new_password2="something else")).status_code == 422
    assert page.post(PAGE, order()).status_code == 302


def test_brake_of_one_does_not_hold_another_nor_the_log_in(page, bob, charlie):
    for _ in range(throttle.PASSWORD.most + 1):
        page.post(PAGE, order(old_password="guess"))
    page.force_login(charlie)
    assert page.post(PAGE, order()).status_code == 302
    log_in = {"username": "bob", "password": make.PASSWORD}
    assert type(page)().post("/login/", log_in).status_code == 302


def test_admins_page_for_it_is_this_one(client, alice):
    client.force_login(alice)
    assert client.get("/admin/password_change/")["Location"] == PAGE


def test_form_needs_its_csrf_token(page, bob):
    page.handler.enforce_csrf_checks = True
    assert page.post(PAGE, order()).status_code == 403
