"""Tags by themselves: made, renamed, deleted."""

import pytest

from accounts.models import User
from catalog import services
from catalog.errors import InvalidValue, NotAllowed, TagInUse
from catalog.models import Tag
from catalog.selectors import catalog_number
from tests import make
from tests.admin_pages import changes


def test_a_word_becomes_a_slug(alice: User) -> None:
    assert services.create_tag(actor=alice, name="Read Only").name == "read-only"


@pytest.mark.parametrize("word", ["", "§", "taken"])
def test_a_word_that_will_not_do_is_refused(word: str, alice: User) -> None:
    Tag.objects.create(name="taken")
    with pytest.raises(InvalidValue):
        services.create_tag(actor=alice, name=word)


def test_a_renamed_tag_is_announced_and_recorded(alice: User) -> None:
    tag, before = Tag.objects.create(name="old"), catalog_number()
    services.rename_tag(actor=alice, tag=tag, name="new")
    services.rename_tag(actor=alice, tag=tag, name="new")
    assert catalog_number() == before + 1
    assert [(c["before"], c["after"]) for c in changes()] == [({"name": "old"}, {"name": "new"})]


def test_a_tag_in_use_stays(alice: User) -> None:
    tag = Tag.objects.create(name="used")
    make.entry(make.source()).tags.add(tag)
    with pytest.raises(TagInUse, match="1 still have the tag used"):
        services.delete_tag(actor=alice, tag=tag)


def test_a_tag_that_an_access_rule_names_stays(alice: User) -> None:
    tag = Tag.objects.create(name="secret")
    make.rule(make.server("demo"), effect="deny", tag=tag)
    with pytest.raises(TagInUse, match="everyone may not use what is tagged secret on demo"):
        services.delete_tag(actor=alice, tag=tag)
    assert changes() == []


def test_who_may_not_touches_no_tag(bob: User) -> None:
    tag = Tag.objects.create(name="old")
    with pytest.raises(NotAllowed):
        services.create_tag(actor=bob, name="new")
    with pytest.raises(NotAllowed):
        services.rename_tag(actor=bob, tag=tag, name="new")
    with pytest.raises(NotAllowed):
        services.delete_tag(actor=bob, tag=tag)
