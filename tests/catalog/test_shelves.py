"""What lists show beside the rows: words, use, servers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Entry
from catalog.shelves import UNTOLD, Use, shelved
from monitoring.models import EntryUse
from servers import services
from tests import make


@pytest.fixture
def entry(db: None) -> Entry:
    return make.entry(make.source("weather"), "forecast", body={"title": "Forecast"})


def seen(entry: Entry, **options: Any) -> Any:
    row = Entry.objects.select_related("current").get(pk=entry.pk)
    return shelved([row], **options)[row.pk]


def test_curators_words_stand_before_the_source_s(entry: Entry) -> None:
    assert seen(entry).told.title == "Forecast"
    Entry.objects.update(own_title="Rain")
    assert seen(entry).told.title == "Rain"


def test_what_was_never_used_has_no_figures(entry: Entry) -> None:
    use = seen(entry).use
    assert use == Use()
    assert (use.calls, use.error_rate, use.p95_ms, use.last_used) == (0, None, None, None)


def test_use_is_that_of_the_entry(entry: Entry) -> None:
    at = timezone.now() - timedelta(days=1)
    EntryUse.objects.create(entry=entry.public_id, calls=200, errors=5, p95_us=1500, last_used=at)
    use = seen(entry).use
    assert (use.calls, use.error_rate, use.p95_ms, use.last_used) == (200, 0.025, 1.5, at)


def test_servers_are_named_with_the_name_there_and_why(entry: Entry) -> None:
    on = make.server("one", title="One")
    services.publish_entry(actor=None, server=on, entry=entry, exposed_name="rain")
    services.publish_source(
        actor=None, server=make.server("two", enabled=False), source=entry.source
    )
    first, second = seen(entry).places
    assert first == (on.pk, "one", "One", True, "rain", None)
    assert (second.slug, second.enabled, second.name, second.via) == (
        "two",
        False,
        "forecast",
        "weather",
    )


def test_of_many_servers_the_first_are_named_and_the_others_counted(entry: Entry) -> None:
    for slug in ("d", "a", "c", "b"):
        make.server(slug, entries=[entry])
    some = seen(entry)
    assert ([place.slug for place in some.places], some.more) == (["a", "b"], 2)
    every = seen(entry, servers=10)
    assert ([place.slug for place in every.places], every.more) == (["a", "b", "c", "d"], 0)


def test_an_entry_without_a_definition_tells_nothing(entry: Entry) -> None:
    Entry.objects.update(current=None)
    assert seen(entry).told == UNTOLD


def test_the_number_of_queries_does_not_depend_on_the_rows(
    entry: Entry, django_assert_num_queries: Any
) -> None:
    rows = [make.entry(entry.source, f"tool{number}") for number in range(30)]
    make.server("one", entries=rows)
    rows = list(Entry.objects.select_related("current"))
    shelved(rows)  # definitions are read once
    for some in (rows[:1], rows):
        with django_assert_num_queries(2):
            shelved(some)
