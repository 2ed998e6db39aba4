from catalog.models import Entry, Source
from catalog.selectors import catalog_number
from catalog.services import retire_sources
from tests import make


def test_entries_of_a_source_that_is_gone_are_missing(db: None) -> None:
    gone, here = make.source("gone"), make.source("here")
    make.entry(gone, "a", enabled=False)
    make.entry(here, "b")
    assert retire_sources(present={"here"}) == [gone]
    assert dict(Entry.objects.values_list("name", "state")) == {"a": "missing", "b": "active"}
    assert not Entry.objects.get(name="a").enabled
    assert "no longer" in Source.objects.get(key="gone").problem
    assert catalog_number() == 1


def test_nothing_gone_is_nothing_announced(db: None) -> None:
    make.source("here")
    make.source("gone")
    retire_sources(present={"here"})
    assert retire_sources(present={"here"}) == []
    assert catalog_number() == 1
