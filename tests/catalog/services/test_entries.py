import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Membership, User
from catalog.errors import InvalidValue, NotAllowed
from catalog.models import Entry, Tag
from catalog.selectors import catalog_number
from catalog.services import (
    change_entry_tags,
    set_entry_durable,
    set_entry_enabled,
    set_entry_tags,
)
from monitoring import audit
from monitoring.models import AuditEvent
from tests import make

WRITES: dict[str, tuple[Callable[..., Entry], dict[str, Any], Any, Any]] = {
    "entry.enabled": (set_entry_enabled, {"enabled": False}, True, False),
    "entry.durable": (set_entry_durable, {"durable": True}, False, True),
    "entry.tags": (set_entry_tags, {"tags": ["b", "a"]}, [], ["a", "b"]),
}
each_write = pytest.mark.parametrize("action", WRITES)


@pytest.fixture
def entry(db: None) -> Entry:
    return make.entry(make.source("weather", team=make.team("owners")), "forecast")


def events() -> list[AuditEvent]:
    audit.flush()
    return list(AuditEvent.objects.order_by("id"))


def write(action: str, actor: User | None, entry: Entry) -> Entry:
    service, fields, _, _ = WRITES[action]
    return service(actor=actor, entry=entry, **fields)


def kept(entry: Entry, action: str) -> Any:
    row, field = Entry.objects.get(pk=entry.pk), action.partition(".")[2]
    if field == "tags":
        return sorted(tag.name for tag in row.tags.all())
    return getattr(row, field)


@each_write
def test_change_is_kept_recorded_and_announced(action: str, alice: User, entry: Entry) -> None:
    _, _, before, after = WRITES[action]
    write(action, alice, entry)
    assert kept(entry, action) == after
    [event] = events()
    assert (event.action, event.entry, event.user) == (action, "weather/forecast", alice.public_id)
    field = action.partition(".")[2]
    data = json.loads(event.data)
    assert (data["before"][field], data["after"][field]) == (before, after)
    assert catalog_number() == 1


@each_write
def test_same_value_again_is_no_change(action: str, alice: User, entry: Entry) -> None:
    write(action, alice, entry)
    write(action, alice, entry)
    assert (len(events()), catalog_number()) == (1, 1)


@each_write
@pytest.mark.parametrize("role", [Membership.Role.ADMIN, Membership.Role.CURATOR])
def test_teams_curators_may_change_its_entries(
    action: str, role: str, charlie: User, entry: Entry
) -> None:
    assert entry.source.team is not None
    make.member(entry.source.team, charlie, role)
    write(action, charlie, entry)
    assert kept(entry, action) == WRITES[action][3]


@each_write
def test_plain_members_and_other_teams_curators_may_not(
    action: str, bob: User, charlie: User, entry: Entry
) -> None:
    assert entry.source.team is not None
    make.member(entry.source.team, bob)
    make.member(make.team(), charlie, Membership.Role.CURATOR)
    for actor in (bob, charlie):
        with pytest.raises(NotAllowed):
            write(action, actor, entry)
    assert kept(entry, action) == WRITES[action][2]
    assert events() == []


def test_command_line_may_change_entries(entry: Entry) -> None:
    assert write("entry.enabled", None, entry).enabled is False


def test_words_become_tags_once(alice: User, entry: Entry) -> None:
    set_entry_tags(actor=alice, entry=entry, tags=["Read Only", "read-only"])
    assert [tag.name for tag in Tag.objects.all()] == ["read-only"]


@pytest.mark.parametrize("tags", [["!!"], [f"t{n}" for n in range(21)]])
def test_tags_that_are_none_or_too_many_are_refused(
    alice: User, entry: Entry, tags: list[str]
) -> None:
    with pytest.raises(InvalidValue):
        set_entry_tags(actor=alice, entry=entry, tags=tags)
    assert Tag.objects.count() == 0


def test_tags_are_added_and_taken_off_whatever_else_is_there(alice: User, entry: Entry) -> None:
    set_entry_tags(actor=alice, entry=entry, tags=["a", "b"])
    change_entry_tags(actor=alice, entry=entry, add=["New One"], remove=["a", "never-had"])
    assert [tag.name for tag in entry.tags.all()] == ["b", "new-one"]
    last = json.loads(events()[-1].data)
    assert (last["before"], last["after"]) == ({"tags": ["a", "b"]}, {"tags": ["b", "new-one"]})


def test_nobody_gets_more_tags_than_there_may_be_by_adding(alice: User, entry: Entry) -> None:
    set_entry_tags(actor=alice, entry=entry, tags=[f"t{n}" for n in range(20)])
    with pytest.raises(InvalidValue):
        change_entry_tags(actor=alice, entry=entry, add=["more"])
    change_entry_tags(actor=alice, entry=entry, add=["more"], remove=["t0"])
    assert entry.tags.count() == 20
