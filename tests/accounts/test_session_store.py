"""session_store.py: keys that the hub gives out open sessions, others are not looked for."""

import pytest
from django.conf import settings

from accounts.session_store import SessionStore


def test_session_is_found_by_the_key_that_was_given_out(db):
    session = SessionStore()
    session["colour"] = "teal"
    session.save()
    assert SessionStore(session.session_key)["colour"] == "teal"


@pytest.mark.parametrize(
    "key", ["", "short", "a" * 20 + "\0", "a" * 20 + "\n", "é" * 20, "a b" * 9]
)
def test_any_other_key_is_none(key):
    assert SessionStore(key).session_key is None


@pytest.mark.parametrize("page", ["/", "/login/", "/me/tokens/", "/authorize", "/admin/"])
def test_cookie_with_a_nul_is_that_of_a_stranger(client, db, page):
    """PostgreSQL refuses to look for one; the browser's quoting brings it past the server."""
    answer = client.get(page, HTTP_COOKIE=f'{settings.SESSION_COOKIE_NAME}="aaaaaaaaaa\\000"')
    assert answer.status_code < 500
