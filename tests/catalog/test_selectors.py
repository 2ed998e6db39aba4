import pytest

from accounts.models import User
from catalog.models import Entry, Source
from catalog.selectors import entry_list, source_list, source_of, sources_seen_by, versions_of
from tests import make


@pytest.fixture
def ours(bob: User) -> Source:
    """A source of bob's team, with one entry there and one missing."""
    source = make.source("ours", team=bob.teams.get())
    make.entry(source, "add")
    make.entry(source, "old", state=Entry.State.MISSING)
    return source


@pytest.fixture
def theirs(db: None) -> Source:
    return make.source("theirs", team=make.team("others"))


def test_members_see_their_teams_sources(bob: User, ours: Source, theirs: Source) -> None:
    [facts] = source_list(bob)
    assert (facts.name, facts.team, facts.active, facts.missing) == ("ours", "data", 1, 1)


def test_staff_see_all_sources(ours: Source, theirs: Source) -> None:
    staff = make.user(is_staff=True)
    assert set(sources_seen_by(staff)) == {ours, theirs}


def test_strangers_see_none(charlie: User, ours: Source) -> None:
    assert source_list(charlie) == []
    assert entry_list(charlie, ours) == []
    assert source_of(charlie, ours.public_id) is None
    assert not versions_of(charlie, ours.entries.all()[0]).exists()


def test_source_is_found_by_its_public_id(bob: User, ours: Source) -> None:
    assert source_of(bob, ours.public_id) == ours


def test_entry_shows_its_version_and_what_it_costs(bob: User, ours: Source) -> None:
    body = {"name": "big", "description": "x" * 4_000}
    make.entry(ours, "big", body=body)
    facts = {one.name: one for one in entry_list(bob, ours)}["big"]
    assert (facts.version, facts.description, facts.missing) == (1, "x" * 4_000, False)
    assert 1_000 <= facts.tokens < 1_020


def test_versions_of_an_entry_are_seen_by_its_team(bob: User, ours: Source) -> None:
    assert [version.number for version in versions_of(bob, ours.entries.all()[0])] == [1]
