"""/login/."""

import pytest
from django.core.cache import cache

from tests import make


def log_in(client, name="bob", password=make.PASSWORD, **extra):
    next_url = extra.pop("next", "")
    return client.post(
        "/login/", {"username": name, "password": password, "next": next_url}, **extra
    )


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


def test_eleventh_attempt_waits_even_with_the_right_password(client, bob):
    for _ in range(10):
        assert log_in(client, password="wrong").status_code == 200
    response = log_in(client)
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert "Too many attempts" in response.content.decode()
    assert "_auth_user_id" not in client.session


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
    assert "You are signed in as bob" in page


def test_admins_own_log_in_page_is_not_a_way_round_the_brake(client, db):
    response = client.post("/admin/login/?next=/admin/", {"username": "a", "password": "b"})
    assert response["Location"] == "/login/?next=/admin/"
