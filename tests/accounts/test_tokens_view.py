"""/me/tokens/."""

import logging
import re
from datetime import UTC, datetime

import pytest
from oauth2_provider.models import get_access_token_model

from accounts.models import IssuedToken
from tests import make

AccessToken = get_access_token_model()
URL = "/me/tokens/"


@pytest.fixture
def mine(client, bob, directory):
    """Bob's browser, with a server he may use and one he may not."""
    directory.add("demo", "bob")
    directory.add("secret", "alice")
    client.force_login(bob)
    return client


def order(**changes):
    fields = {"name": "laptop", "server": "demo", "scopes": ["mcp:read"], "days": "30"}
    return {**fields, **changes}


def once_in(response) -> str:
    return re.findall(r'name="once" value="([0-9a-f-]{36})"', response.content.decode())[0]


def token_in(response) -> str:
    return re.findall(r"mcphub_[\w-]{43}", response.content.decode())[0]


@pytest.mark.parametrize("method", ["get", "post"])
def test_visitor_is_sent_to_log_in(client, db, method):
    assert getattr(client, method)(URL)["Location"] == "/login/?next=/me/tokens/"


def test_empty_list_says_what_to_do_next(mine):
    page = mine.get(URL).content.decode()
    assert "No tokens yet." in page and "Make your first one below" in page


def test_only_servers_one_may_use_are_offered(mine):
    page = mine.get(URL).content.decode()
    assert "Demo (demo)" in page and "secret" not in page


def test_server_whose_page_led_here_is_chosen(mine, directory):
    directory.add("other", "bob")
    chosen = re.compile(r'<option value="([^"]+)" selected')
    for wanted, slugs in (("other", ["other"]), ("secret", []), ("x\0", [])):
        page = mine.get(URL, {"server": wanted}).content.decode()
        assert [slug for slug in chosen.findall(page) if not slug.isdigit()] == slugs


def test_person_without_servers_is_told_whom_to_ask(client, charlie, directory):
    client.force_login(charlie)
    assert "Ask an admin to add you to a team" in client.get(URL).content.decode()


def test_staff_without_servers_is_shown_the_admin(client, alice, directory):
    client.force_login(alice)
    assert "in the admin" in client.get(URL).content.decode()


def test_defaults_leave_out_what_destroys(mine):
    page = mine.get(URL).content.decode()
    checked = re.findall(r'value="(mcp:\w+)"[^>]* checked', page)
    assert checked == ["mcp:read", "mcp:write", "mcp:prompts"]


def test_made_token_is_shown_once(mine, bob):
    response = mine.post(URL, order())
    token = token_in(response)
    assert f"Authorization: Bearer {token}" in response.content.decode()
    assert "http://testserver/mcp/demo" in response.content.decode()
    assert IssuedToken.objects.get().origin == "self"
    assert IssuedToken.objects.get().user == bob
    again = mine.get(URL).content.decode()
    assert "laptop" in again and token not in again


def test_made_token_is_kept_by_nobody(mine, caplog):
    caplog.set_level(logging.DEBUG)
    response = mine.post(URL, order())
    token = token_in(response)
    assert token not in caplog.text
    assert token not in str(dict(mine.session))
    assert AccessToken.objects.get().token == ""
    assert "no-store" in response["Cache-Control"]


def test_form_sent_twice_makes_one_token_and_says_so(mine):
    sent = order(once=once_in(mine.get(URL)))
    token = token_in(mine.post(URL, sent))
    again = mine.post(URL, sent, follow=True)
    assert again.redirect_chain == [(URL, 302)]
    html = again.content.decode()
    assert "“laptop” was made already. Revoke it if you did not copy it." in html
    assert token not in html
    assert IssuedToken.objects.get().name == "laptop"
    assert "is ready" in mine.post(URL, order(once=once_in(again))).content.decode()
    assert IssuedToken.objects.count() == 2


def test_order_is_ones_own(mine, client, charlie, directory):
    """What another person's form was sent with says nothing about mine."""
    sent = order(once=once_in(mine.get(URL)))
    mine.post(URL, sent)
    directory.users["demo"].add("charlie")
    client.force_login(charlie)
    assert "is ready" in client.post(URL, sent).content.decode()
    assert sent["once"] not in {str(row.public_id) for row in IssuedToken.objects.all()}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"server": "secret"}, "Select a valid choice"),
        ({"server": "nowhere"}, "Select a valid choice"),
        ({"scopes": ["mcp:everything"]}, "Select a valid choice"),
        ({"scopes": []}, "Choose at least one thing it may do."),
        ({"days": "366"}, "Select a valid choice"),
        ({"name": ""}, "This field is required."),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"once": "any"}, "Enter a valid UUID."),
    ],
)
def test_senseless_order_is_told_and_makes_nothing(mine, changes, told):
    response = mine.post(URL, order(**changes))
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not AccessToken.objects.exists()


def test_what_the_service_refuses_is_told_in_the_form(mine, directory, monkeypatch):
    facts = directory.by_slug("demo")
    once = iter([[facts], []])  # access ends between showing the form and making the token
    monkeypatch.setattr(directory, "servers_for", lambda user: next(once))
    response = mine.post(URL, order())
    assert response.status_code == 422
    assert "may not use a server" in response.content.decode()


def test_token_is_told_in_peoples_words(mine):
    mine.post(URL, order(scopes=["mcp:read", "mcp:destructive"]))
    page = mine.get(URL).content.decode()
    assert ">Read</li>" in page and ">Destroy</li>" in page
    assert "Never" in page and "for <bdi>Demo</bdi>" in page


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("America/New_York", "1 Jan 2026, 19:30 EST"), ("", "2 Jan 2026, 00:30 UTC")],
)
def test_last_use_is_told_in_the_readers_zone(mine, bob, zone, shown):
    make.token(bob, make.server())
    IssuedToken.objects.update(last_used_at=datetime(2026, 1, 2, 0, 30, tzinfo=UTC))
    mine.cookies["mcphub_zone"] = zone
    assert f">{shown}<" in mine.get(URL).content.decode()


def test_foreign_text_is_escaped(mine):
    mine.post(URL, order(name="<script>alert(1)</script>"))
    page = mine.get(URL).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_other_peoples_tokens_are_not_listed(mine, charlie):
    make.token(charlie, make.server())
    assert "made for a test" not in mine.get(URL).content.decode()


def test_token_of_a_vanished_server_and_an_expired_one_say_so(mine, bob):
    make.token(bob, make.server(), days=-1)
    page = mine.get(URL).content.decode()
    assert "for a server that is gone" in page and "Expired" in page


def test_other_methods_are_refused(mine):
    assert mine.delete(URL).status_code == 405


def test_form_needs_its_csrf_token(mine):
    mine.handler.enforce_csrf_checks = True
    assert mine.post(URL, order()).status_code == 403
    assert not AccessToken.objects.exists()
