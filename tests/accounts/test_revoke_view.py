"""/me/tokens/<id>/revoke/."""

import uuid

import pytest

from accounts.models import IssuedToken
from tests import make


@pytest.fixture
def url(bob, directory) -> str:
    make.token(bob, make.server())
    return f"/me/tokens/{IssuedToken.objects.get().public_id}/revoke/"


def test_visitor_is_sent_to_log_in(client, url):
    assert client.post(url)["Location"].startswith("/login/")
    assert IssuedToken.objects.exists()


def test_looking_asks_first(client, bob, url):
    client.force_login(bob)
    assert "Revoke “<bdi>made for a test</bdi>”?" in client.get(url).content.decode()
    assert IssuedToken.objects.exists()


def test_button_revokes_and_says_so(client, bob, url):
    client.force_login(bob)
    page = client.post(url, follow=True).content.decode()
    assert "is revoked" in page
    assert not IssuedToken.objects.exists()


def test_somebody_elses_token_is_not_found(client, alice, url):
    client.force_login(alice)
    unknown = f"/me/tokens/{uuid.uuid4()}/revoke/"
    assert client.get(url).status_code == client.get(unknown).status_code == 404
    for address in (url, unknown):
        answer = client.post(address, follow=True)
        assert answer.redirect_chain == [("/me/tokens/", 302)]
        assert "You have no such token, or no longer." in answer.content.decode()
    assert IssuedToken.objects.exists()


def test_button_pressed_twice_leads_to_the_list(client, bob, url):
    client.force_login(bob)
    client.post(url)
    page = client.post(url, follow=True).content.decode()
    assert "is revoked" in page and "or no longer" in page


def test_form_needs_its_csrf_token(client, bob, url):
    client.force_login(bob)
    client.handler.enforce_csrf_checks = True
    assert client.post(url).status_code == 403
    assert IssuedToken.objects.exists()
