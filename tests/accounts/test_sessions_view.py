"""/me/sessions/end/: log out everywhere."""

import re

import pytest

from accounts.models import Consent
from tests import make

PAGE = "/me/sessions/end/"


def test_visitor_is_sent_to_log_in(client, db):
    assert client.get(PAGE)["Location"].startswith("/login/")
    assert client.post(PAGE)["Location"].startswith("/login/")


def test_looking_asks_first(client, bob):
    client.force_login(bob)
    assert "Log out everywhere?" in client.get(PAGE).content.decode()
    assert client.get(PAGE).status_code == 200


def test_button_ends_this_session_and_every_other(client, bob, recorded):
    other = type(client)()
    for each in (client, other):
        each.force_login(bob)
    page = client.post(PAGE, follow=True).content.decode()
    assert "You are logged out everywhere." in page and "Log in" in page
    for each in (client, other):
        assert each.get(PAGE).status_code == 302
    assert recorded() == ["user.signout_everywhere"]


def test_button_pressed_twice_says_that_it_is_done(client, bob):
    client.force_login(bob)
    mark = re.findall(r'name="mark" value="([^"]+)"', client.get(PAGE).content.decode())[0]
    unanswered = type(client)().post(PAGE, {"mark": mark})
    assert unanswered["Location"].startswith("/login/?next=")
    client.post(PAGE, {"mark": mark})
    for said in (mark, f"{mark}x", ""):
        page = type(client)().post(PAGE, {"mark": said}, follow=True).content.decode()
        assert ("You are logged out everywhere." in page) is (said == mark)


@pytest.mark.parametrize("tick", [{}, {"tokens_too": "on"}])
def test_connections_stay_unless_ticked(client, bob, directory, tick):
    make.connected(make.consent(bob, make.client(), make.server()))
    client.force_login(bob)
    page = client.post(PAGE, tick, follow=True).content.decode()
    assert ("Ended with it: 1 connection." in page) is bool(tick)
    assert Consent.objects.exists() is not bool(tick)


def test_form_needs_its_csrf_token(client, bob):
    client.force_login(bob)
    client.handler.enforce_csrf_checks = True
    assert client.post(PAGE).status_code == 403
    client.handler.enforce_csrf_checks = False
    assert client.get(PAGE).status_code == 200
