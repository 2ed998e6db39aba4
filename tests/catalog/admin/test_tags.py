"""Tags in the admin."""

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Tag
from tests import make
from tests.admin_pages import changes, errors, text, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def test_a_tag_is_made_renamed_and_deleted(page: Client) -> None:
    page.post(url(Tag, "add"), {"name": "finance"})
    tag = Tag.objects.get()
    page.post(url(Tag, "change", tag.pk), {"name": "money"})
    page.post(url(Tag, "delete", tag.pk), {"name": "money"})
    assert not Tag.objects.exists()
    assert [(c["action"], c["before"], c["after"]) for c in changes()] == [
        ("tag.create", None, {"name": "finance"}),
        ("tag.rename", {"name": "finance"}, {"name": "money"}),
        ("tag.delete", {"name": "money"}, None),
    ]


def test_a_taken_name_is_told_in_the_form(page: Client) -> None:
    Tag.objects.create(name="finance")
    assert errors(page.post(url(Tag, "add"), {"name": "finance"}))
    assert errors(page.post(url(Tag, "add"), {"name": "Finance"})) == [
        "There is a tag finance already."
    ]


def test_a_tag_that_a_rule_names_is_kept_with_a_message(page: Client) -> None:
    tag = Tag.objects.create(name="finance")
    make.rule(make.server("demo"), effect="deny", tag=tag)
    answer = page.post(url(Tag, "delete", tag.pk), {"name": "finance"}, follow=True)
    assert "An access rule speaks of the tag finance" in text(answer)
    assert Tag.objects.exists()
