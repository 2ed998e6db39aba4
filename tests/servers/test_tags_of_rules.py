"""Tags that an access rule names: they decide who may use what, so they are for who may change rules."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from catalog.errors import NotAllowed
from catalog.models import Entry, Tag, Tool
from catalog.services import change_entry_tags, set_entry_tags
from tests import make
from tests.admin_pages import errors, filled, url


@pytest.fixture
def tool(db: None) -> Entry:
    """A tool of team Ours that is tagged "plain", on a server whose rule denies what is tagged "danger"."""
    entry = make.entry(make.source(team=make.team("Ours")))
    entry.tags.add(Tag.objects.create(name="plain"))
    make.rule(make.server(entries=[entry]), effect="deny", tag=Tag.objects.create(name="danger"))
    return entry


@pytest.fixture
def curator(tool: Entry) -> User:
    assert tool.source.team is not None
    return make.member(tool.source.team, make.user("carla"), "curator").user


def names(tool: Entry) -> list[str]:
    return sorted(tag.name for tag in tool.tags.all())


def test_curator_gives_and_takes_tags_that_no_rule_names(tool: Entry, curator: User) -> None:
    set_entry_tags(actor=curator, entry=tool, tags=["mine"])
    assert names(tool) == ["mine"]


def test_curator_puts_nothing_under_a_rule(tool: Entry, curator: User) -> None:
    with pytest.raises(NotAllowed, match="tag danger"):
        change_entry_tags(actor=curator, entry=tool, add=["danger"])
    assert names(tool) == ["plain"]


def test_curator_takes_nothing_from_under_a_rule(tool: Entry, curator: User) -> None:
    set_entry_tags(actor=None, entry=tool, tags=["danger", "plain"])
    for tags in ([], ["plain"]):
        with pytest.raises(NotAllowed, match="tag danger"):
            set_entry_tags(actor=curator, entry=tool, tags=tags)
    set_entry_tags(actor=curator, entry=tool, tags=["danger", "other"])
    assert names(tool) == ["danger", "other"]


def test_who_may_change_rules_moves_things_under_them(tool: Entry, curator: User) -> None:
    curator.user_permissions.add(Permission.objects.get(codename="change_accessrule"))
    curator = User.objects.get(pk=curator.pk)
    set_entry_tags(actor=curator, entry=tool, tags=["danger"])
    set_entry_tags(actor=curator, entry=tool, tags=[])
    assert names(tool) == []


def test_page_says_why_a_tag_was_not_given(tool: Entry, curator: User, client: Client) -> None:
    client.force_login(curator)
    address = url(Tool, "change", tool.pk)
    answer = client.post(address, {**filled(client.get(address)), "tag_words": "plain, danger"})
    (said,) = errors(answer)
    assert said.startswith("Access rules speak of the tag danger")
    assert names(tool) == ["plain"]
