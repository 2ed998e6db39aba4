"""Attempts to connect in the admin: everybody's, with the fix for admins, and erasable."""

import pytest

from accounts.models import ConnectionAttempt, OAuthClient
from tests import make
from tests.admin_pages import changes, many, text, url


@pytest.fixture
def admin(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def failed(bob):
    editor = OAuthClient.objects.create(name="Editor", client_id="editor")
    server = make.server("demo")
    known = {"client_id": editor.pk, "user_id": bob.pk, "server": server.public_id}
    return make.attempt("authorize", "allowed", "token:code_replayed", address="192.0.2.7", **known)


def test_list_names_person_client_server_step_and_reason(admin, failed):
    page = text(admin.get(url(ConnectionAttempt, "changelist")))
    for told in (
        "bob",
        "Editor",
        "Demo (demo)",
        "Failed",
        "Token",
        "A code was used a second time.",
    ):
        assert told in page


def test_page_shows_the_timeline_and_what_an_admin_does(admin, failed):
    page = text(admin.get(url(ConnectionAttempt, "change", failed.pk)))
    assert "Look at where both requests came from." in page and "192.0.2.7" in page
    assert "mcphub/attempts.css" in page and "Authorization" in page


def test_admin_sees_where_both_requests_came_from(admin, failed, bob):
    known = {"client_id": failed.client_id, "user_id": bob.pk, "server": failed.server}
    make.attempt("token:code_replayed", address="203.0.113.9", **known)
    assert failed.steps.count() == 4
    page = text(admin.get(url(ConnectionAttempt, "change", failed.pk)))
    assert "from 192.0.2.7" in page and "from 203.0.113.9" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?outcome=troubled", 2),
        ("?outcome=connected", 1),
        ("?step=token", 1),
        ("?reason=code_replayed", 1),
        ("?q=bob", 1),
        ("?q=Editor", 1),
        ("?q=192.0.2.8", 2),
        ("?reason=%00&q=%00", 0),
    ],
)
def test_list_is_narrowed(admin, failed, query, found):
    make.attempt("challenge", address="192.0.2.8", minutes_ago=30)
    make.attempt("call", address="192.0.2.8")
    page = admin.get(url(ConnectionAttempt, "changelist") + query)
    assert len(page.context["cl"].result_list) == found


def test_erasing_asks_for_nothing_but_the_name_and_is_recorded(admin, failed):
    page = url(ConnectionAttempt, "delete", failed.pk)
    admin.post(page, {"name": str(failed)})
    assert not ConnectionAttempt.objects.exists()
    assert [change["action"] for change in changes()] == ["attempt.erase"]


def test_many_are_erased_at_once(admin, failed):
    make.attempt("challenge", address="192.0.2.8")
    keys = list(ConnectionAttempt.objects.values_list("pk", flat=True))
    many(admin, ConnectionAttempt, "erase", keys, "2 attempts to connect")
    assert not ConnectionAttempt.objects.exists()
