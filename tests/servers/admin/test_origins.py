"""Allowed origins in the admin."""

import pytest
from django.test import Client

from accounts.models import User
from servers.models import AllowedOrigin
from tests.admin_pages import changes, errors, text, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def test_an_origin_is_allowed_as_browsers_say_it_and_forgotten(page: Client) -> None:
    page.post(url(AllowedOrigin, "add"), {"origin": "HTTPS://Example.com:443/", "note": "x"})
    row = AllowedOrigin.objects.get()
    assert row.origin == "https://example.com"
    page.post(url(AllowedOrigin, "delete", row.pk), {"name": row.origin})
    assert not AllowedOrigin.objects.exists()
    allowed, forgotten = changes()
    assert allowed["after"] == forgotten["before"] == {"origin": row.origin, "note": "x"}


@pytest.mark.parametrize("origin", ["example.com", "*", "null", "javascript:alert(1)", ""])
def test_what_is_no_origin_is_told_in_the_form(origin: str, page: Client) -> None:
    assert errors(page.post(url(AllowedOrigin, "add"), {"origin": origin}))
    assert not AllowedOrigin.objects.exists()


def test_form_of_a_new_origin_can_be_saved(page: Client) -> None:
    assert 'name="_save"' in text(page.get(url(AllowedOrigin, "add")))


def test_an_origin_is_not_changed(page: Client) -> None:
    row = AllowedOrigin.objects.create(origin="https://a.example.com")
    answer = page.post(url(AllowedOrigin, "change", row.pk), {"origin": "https://b.example.com"})
    assert answer.status_code == 403
