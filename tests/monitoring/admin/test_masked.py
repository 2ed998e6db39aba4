"""Masked names in the admin: added and taken away through services, with what they refuse in the form."""

import pytest
from django.test import Client

from accounts.models import User
from monitoring.models import RedactedName
from tests.admin_pages import changes, errors, text, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def test_word_is_added(page: Client) -> None:
    page.post(url(RedactedName, "add"), {"name": "Badge No."})
    assert RedactedName.objects.get().name == "badgeno"
    assert len(changes("mask.add")) == 1
    assert "badgeno" in text(page.get(url(RedactedName, "changelist")))


@pytest.mark.parametrize(
    ("name", "told"), [("ab", "3 to 64"), ("my token", "built in"), ("", "required")]
)
def test_refusal_is_told_in_the_form(name: str, told: str, page: Client) -> None:
    assert any(told in each for each in errors(page.post(url(RedactedName, "add"), {"name": name})))
    assert not RedactedName.objects.exists()


def test_word_is_taken_away_when_typed_again(page: Client) -> None:
    row = RedactedName.objects.create(name="badge")
    assert "Stop masking" in text(page.get(url(RedactedName, "change", row.pk)))
    page.post(url(RedactedName, "delete", row.pk), {"name": "badge"})
    assert not RedactedName.objects.exists() and len(changes("mask.delete")) == 1


def test_built_in_words_are_told(page: Client) -> None:
    RedactedName.objects.create(name="badge")
    assert "passphrase" in text(page.get(url(RedactedName, "changelist")))
    assert "passphrase" in text(page.get(url(RedactedName, "add")))
