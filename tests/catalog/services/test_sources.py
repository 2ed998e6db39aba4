import json

import pytest

from accounts.models import Membership, User
from catalog.errors import NotAllowed
from catalog.models import Definition, Entry, Source
from catalog.selectors import catalog_number
from catalog.services import delete_source, set_source_enabled, set_source_team
from monitoring import audit
from monitoring.models import AuditEvent
from tests import make


@pytest.fixture
def source(db: None) -> Source:
    row = make.source("weather", team=make.team("owners"))
    make.entry(row, "forecast")
    return row


@pytest.fixture
def curator(charlie: User, source: Source) -> User:
    assert source.team is not None
    make.member(source.team, charlie, Membership.Role.CURATOR)
    return charlie


def changes() -> list[tuple[str, dict[str, object]]]:
    audit.flush()
    rows = AuditEvent.objects.order_by("id")
    return [(row.action, json.loads(row.data)) for row in rows]


def test_switching_off_is_kept_recorded_and_announced(curator: User, source: Source) -> None:
    set_source_enabled(actor=curator, source=source, enabled=False)
    assert not Source.objects.get().enabled
    [(action, data)] = changes()
    assert (action, data["before"]["enabled"], data["after"]["enabled"]) == (  # type: ignore[index]
        "source.enabled",
        True,
        False,
    )
    assert catalog_number() == 1


def test_same_again_is_no_change(alice: User, source: Source) -> None:
    set_source_enabled(actor=alice, source=source, enabled=True)
    set_source_team(actor=alice, source=source, team=source.team)
    assert (changes(), catalog_number()) == ([], 0)


def test_handing_to_another_team_is_kept_recorded_and_announced(
    alice: User, source: Source
) -> None:
    set_source_team(actor=alice, source=source, team=make.team("others"))
    assert Source.objects.get().team.name == "others"  # type: ignore[union-attr]
    [(action, data)] = changes()
    assert (action, data["before"]["team"], data["after"]["team"]) == (  # type: ignore[index]
        "source.team",
        "owners",
        "others",
    )
    assert catalog_number() == 1


def test_deleting_takes_the_entries_and_leaves_the_definitions(alice: User, source: Source) -> None:
    delete_source(actor=alice, source=source)
    assert not Source.objects.exists()
    assert not Entry.objects.exists()
    assert Definition.objects.count() == 1
    [(action, data)] = changes()
    assert (action, data["before"]["entries"]) == ("source.delete", ["forecast"])  # type: ignore[index]
    assert catalog_number() == 1


def test_curators_may_not_hand_over_or_delete(curator: User, source: Source) -> None:
    with pytest.raises(NotAllowed):
        set_source_team(actor=curator, source=source, team=None)
    with pytest.raises(NotAllowed):
        delete_source(actor=curator, source=source)
    assert Source.objects.get().team is not None


def test_strangers_may_do_nothing(bob: User, source: Source) -> None:
    with pytest.raises(NotAllowed):
        set_source_enabled(actor=bob, source=source, enabled=False)
    assert Source.objects.get().enabled
