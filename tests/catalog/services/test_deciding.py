"""Under review: what waits, what is decided, and what clients get meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, User
from catalog.errors import Decided, InvalidValue, NotAllowed
from catalog.importers.python import file_origin, load
from catalog.models import Entry, EntryVersion, Source
from catalog.selectors import catalog_number, waiting_for, waiting_number
from catalog.services import (
    SyncResult,
    approve_all_waiting,
    approve_version,
    decline_version,
    roll_back,
    set_source_changes,
    sync_source,
)
from servers.models import ServerEntry
from servers.services import publish_source
from tests import make
from tests.admin_pages import changes

HEAD = "from mcphub import tool, resource\n"
ONE = "@tool\ndef add(a: int) -> int:\n    return a\n"
TWO = "@tool\ndef add(a: int, b: int) -> int:\n    return a + b\n"
THREE = "@tool\ndef add(a: int, b: int, c: int) -> int:\n    return a + b + c\n"
SUB = "@tool\ndef sub(a: int) -> int:\n    return -a\n"


class Author:
    """Somebody who writes a file, and the source it is."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "sums.py"

    def saves(self, *parts: str) -> SyncResult:
        self._path.write_text(HEAD + "".join(parts))
        return sync_source(loaded=load(file_origin(self._path)), team=None)

    def is_reviewed(self) -> Source:
        return set_source_changes(actor=None, source=Source.objects.get(), changes="review")


@pytest.fixture
def author(db: None, tmp_path: Path) -> Author:
    """An author whose first version of `add` is served, and who is under review since."""
    one = Author(tmp_path)
    one.saves(ONE)
    one.is_reviewed()
    return one


def add() -> Entry:
    return Entry.objects.select_related("current").get(name="add")


def version(number: int, name: str = "add") -> EntryVersion:
    return EntryVersion.objects.get(entry__name=name, number=number)


def states(name: str = "add") -> list[tuple[int, str]]:
    rows = EntryVersion.objects.filter(entry__name=name).order_by("number")
    return list(rows.values_list("number", "state"))


def served(name: str = "add") -> int | None:
    current = Entry.objects.select_related("current").get(name=name).current
    return current.number if current else None


def test_changed_definition_waits_and_the_approved_one_is_served(author: Author) -> None:
    number = catalog_number()
    result = author.saves(TWO)
    assert (result.changed, result.waiting, result.in_force) == (("add",), ("add",), False)
    assert (served(), states()) == (1, [(1, "approved"), (2, "waiting")])
    assert catalog_number() == number
    assert changes("source.sync")[-1]["after"]["waiting"] == ["add"]


def test_new_entry_has_nothing_served_until_it_is_approved(author: Author) -> None:
    server = make.server("sums")
    publish_source(actor=None, server=server, source=Source.objects.get())
    author.saves(ONE, SUB)
    assert (served("sub"), states("sub")) == (None, [(1, "waiting")])
    assert not ServerEntry.objects.filter(exposed_name="sub").exists()
    approve_version(actor=None, version=version(1, "sub"))
    assert ServerEntry.objects.get(exposed_name="sub").server == server


def test_same_file_again_makes_nothing_anew(author: Author) -> None:
    author.saves(TWO)
    for decide in (lambda _: None, decline_version):
        if decide is decline_version:
            decide(actor=None, version=version(2))
        assert not author.saves(TWO).altered
    assert states() == [(1, "approved"), (2, "declined")]


def test_waiting_version_is_superseded_by_the_next_change(author: Author) -> None:
    author.saves(TWO)
    author.saves(THREE)
    assert states() == [(1, "approved"), (2, "superseded"), (3, "waiting")]
    with pytest.raises(Decided, match="replaced by a newer one"):
        approve_version(actor=None, version=version(2))


def test_file_that_says_again_what_is_served_waits_for_nobody(author: Author) -> None:
    author.saves(TWO)
    result = author.saves(ONE)
    assert result.waiting == ()
    assert (served(), waiting_number(make.user(is_superuser=True))) == (3, 0)
    assert author.saves(TWO).waiting == ("add",)


def test_approved_version_is_served_announced_and_recorded(author: Author, alice: User) -> None:
    author.saves(TWO)
    number = catalog_number()
    approve_version(actor=alice, version=version(2))
    assert (served(), states()) == (2, [(1, "superseded"), (2, "approved")])
    assert version(2).decided_at is not None
    assert catalog_number() == number + 1
    [change] = changes("version.approve")
    assert change["user"] == alice.public_id
    assert (change["before"]["version"], change["after"]["version"]) == (1, 2)
    assert change["after"]["sha256"] == version(2).definition_id


def test_declined_version_stays_out_and_may_be_approved_after_all(author: Author) -> None:
    author.saves(TWO)
    number = catalog_number()
    decline_version(actor=None, version=version(2))
    assert (served(), version(2).state, catalog_number()) == (1, "declined", number)
    with pytest.raises(Decided, match="declined already"):
        decline_version(actor=None, version=version(2))
    approve_version(actor=None, version=version(2))
    assert served() == 2


def test_roll_back_serves_a_former_version_until_the_file_says_something_new(
    db: None, tmp_path: Path
) -> None:
    author = Author(tmp_path)  # trusted
    for text in (ONE, TWO, THREE):
        author.saves(text)
    number = catalog_number()
    roll_back(actor=None, version=version(1))
    assert states() == [(1, "approved"), (2, "superseded"), (3, "superseded")]
    assert (served(), catalog_number()) == (1, number + 1)
    assert not author.saves(THREE).altered
    [change] = changes("version.roll_back")
    assert (change["before"]["version"], change["after"]["version"]) == (3, 1)
    author.saves(TWO)
    assert (served(), states()[0]) == (4, (1, "superseded"))


def test_roll_back_of_what_waits_or_is_served_is_refused(author: Author) -> None:
    author.saves(TWO)
    with pytest.raises(Decided, match="approve it instead"):
        roll_back(actor=None, version=version(2))
    with pytest.raises(Decided, match="is served already"):
        roll_back(actor=None, version=version(1))


def test_trusting_a_source_again_approves_nothing_that_waits(author: Author) -> None:
    author.saves(TWO)
    source = set_source_changes(actor=None, source=Source.objects.get(), changes="trust")
    assert not author.saves(TWO).altered
    assert (served(), waiting_for(make.user(is_superuser=True)).get()) == (1, version(2))
    author.saves(THREE)
    assert (served(), states()[1:]) == (3, [(2, "superseded"), (3, "approved")])
    [*_, change] = changes("source.changes")
    assert (change["before"]["changes"], change["after"]["changes"]) == ("review", source.changes)


def test_a_word_that_is_neither_is_refused(db: None) -> None:
    with pytest.raises(InvalidValue):
        set_source_changes(actor=None, source=make.source(), changes="maybe")


def test_all_that_waits_is_approved_at_once_but_not_what_came_later(
    author: Author, alice: User
) -> None:
    author.saves(TWO, SUB)
    seen = EntryVersion.objects.order_by("pk").last()
    assert seen is not None
    author.saves(TWO, SUB.replace("a: int", "b: int"))
    source = Source.objects.get()
    assert approve_all_waiting(actor=alice, source=source, last=seen.pk) == 1
    assert (served("add"), served("sub")) == (2, None)
    [change] = changes("source.approve")
    assert change["before"]["versions"][0].startswith("tool add v1 ")
    assert change["after"]["versions"] == [f"tool add v2 {version(2).definition_id}"]
    assert approve_all_waiting(actor=alice, source=source, last=seen.pk) == 0


def test_many_are_approved_with_as_many_queries_as_few(author: Author) -> None:
    counts = []
    for number in (3, 40):
        author.saves(*(SUB.replace("sub", f"f{number}x{each}") for each in range(number)))
        with CaptureQueriesContext(connection) as seen:
            approve_all_waiting(actor=None, source=Source.objects.get(), last=10**9)
        counts.append(len([one for one in seen if "auditevent" not in one["sql"].lower()]))
    assert counts[1] <= counts[0] + 3


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Membership.Role.ADMIN, True),
        (Membership.Role.CURATOR, True),
        (Membership.Role.AUDITOR, False),
        (Membership.Role.MEMBER, False),
        (None, False),
    ],
)
def test_curators_of_the_sources_team_decide(author: Author, role: Any, allowed: bool) -> None:
    author.saves(TWO)
    person, team, source = make.user(), make.team(), Source.objects.get()
    Source.objects.update(team=team)
    if role:
        make.member(team, person, role)
    assert waiting_number(person) == (1 if allowed else 0)
    acts: list[Any] = [
        lambda: decline_version(actor=person, version=version(2)),
        lambda: approve_version(actor=person, version=version(2)),
        lambda: roll_back(actor=person, version=version(1)),
        lambda: approve_all_waiting(actor=person, source=source, last=10**9),
        lambda: set_source_changes(actor=person, source=source, changes="trust"),
    ]
    for act in acts:
        if allowed:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()


def test_curators_of_another_team_see_nothing(author: Author) -> None:
    author.saves(TWO)
    person = make.member(make.team(), make.user(), Membership.Role.CURATOR).user
    assert waiting_number(person) == 0
    with pytest.raises(NotAllowed):
        approve_version(actor=person, version=version(2))
