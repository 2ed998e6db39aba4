"""Curators' words: kept, recorded, announced, bounded, and given back."""

import json
from typing import Any

import pytest

from accounts.models import Membership, User
from catalog.errors import InvalidValue, NotAllowed
from catalog.models import Entry
from catalog.selectors import catalog_number
from catalog.services import set_entry_words
from monitoring import audit
from monitoring.models import AuditEvent
from tests import make


@pytest.fixture
def entry(db: None) -> Entry:
    return make.entry(make.source("weather", team=make.team("owners")), "forecast")


def events() -> list[AuditEvent]:
    audit.flush()
    return list(AuditEvent.objects.order_by("id"))


def say(actor: User | None, entry: Entry, **words: Any) -> tuple[str, str]:
    set_entry_words(actor=actor, entry=entry, **words)
    return Entry.objects.get(pk=entry.pk).own_words[:2]


def test_words_are_kept_recorded_and_announced(alice: User, entry: Entry) -> None:
    assert say(alice, entry, title=" Rain ", description="If it rains.\r\nTomorrow.\n") == (
        "Rain",
        "If it rains.\nTomorrow.",
    )
    [event] = events()
    assert (event.action, event.entry, event.user) == (
        "entry.words",
        "weather/forecast",
        alice.public_id,
    )
    data = json.loads(event.data)
    assert data["before"] == {"title": "", "description": ""}
    assert data["after"] == {"title": "Rain", "description": "If it rains.\nTomorrow."}
    assert catalog_number() == 1


def test_what_is_not_said_is_left(alice: User, entry: Entry) -> None:
    say(alice, entry, title="Rain", description="If it rains.")
    assert say(alice, entry, title="Snow") == ("Snow", "If it rains.")
    assert say(alice, entry, description="") == ("Snow", "")
    assert say(alice, entry, title="") == ("", "")


def test_the_same_words_again_are_no_change(alice: User, entry: Entry) -> None:
    say(alice, entry, title="Rain")
    say(alice, entry, title="Rain")
    assert (len(events()), catalog_number()) == (1, 1)


def test_versions_keep_what_the_source_said(alice: User, entry: Entry) -> None:
    current = entry.current
    assert current is not None
    say(alice, entry, title="Rain")
    entry.refresh_from_db()
    assert entry.current == current and entry.versions.count() == 1


@pytest.mark.parametrize(
    "words",
    [
        {"title": "x" * 201},
        {"description": "x" * 4001},
        {"title": "\0"},
        {"description": "a\0b"},
        {"title": "\ud800"},
    ],
)
def test_what_does_not_fit_is_refused(alice: User, entry: Entry, words: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        say(alice, entry, **words)
    assert Entry.objects.get(pk=entry.pk).own_words[:2] == ("", "")
    assert events() == []


def test_curators_of_its_team_may_say_and_others_may_not(
    bob: User, charlie: User, entry: Entry
) -> None:
    assert entry.source.team is not None
    make.member(entry.source.team, charlie, Membership.Role.CURATOR)
    make.member(entry.source.team, bob)
    assert say(charlie, entry, title="Rain") == ("Rain", "")
    with pytest.raises(NotAllowed):
        say(bob, entry, title="Snow")
    assert say(None, entry, title="Hail") == ("Hail", "")
