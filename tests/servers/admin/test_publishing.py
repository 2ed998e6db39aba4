"""Choosing what is on a server: searched, filtered, ticked over several pages, published."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.models import Tag
from servers.models import Server
from servers.offers import A_PAGE
from tests import make
from tests.admin_pages import area, changes, text


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def demo(db: None) -> Server:
    """A server with "add" and "echo"."""
    source = make.source("calc")
    return make.server("demo", entries=[make.entry(source, "add"), make.entry(source, "echo")])


def shown(client: Client, server: Server, **wanted: Any) -> set[str]:
    offers = client.get(area("publish", server), wanted).context["offers"]
    return {offer.entry.name for offer in offers}


def test_tools_are_found_ticked_named_and_published(page: Client, demo: Server) -> None:
    source = make.source("weather")
    rain, snow = make.entry(source, "rain"), make.entry(source, "snow")
    assert shown(page, demo) == {"rain", "snow"}
    assert shown(page, demo, q="rain weather") == {"rain"}
    said = {"entry": [rain.pk, snow.pk], f"name-{snow.pk}": "snowfall", "publish": "1"}
    assert page.post(area("publish", demo), said)["Location"] == area("contents", demo)
    names = dict(demo.entries.values_list("exposed_name", "position"))
    assert names == {"add": 0, "echo": 1, "rain": 2, "snowfall": 3}
    assert len(changes("server.entry.publish")) == 2


def test_it_is_filtered_by_source_kind_tag_and_what_tools_do(page: Client, demo: Server) -> None:
    source, tag = make.source("weather"), Tag.objects.create(name="outdoor")
    reads = {"annotations": {"readOnlyHint": True}}
    make.entry(source, "rain", body=reads).tags.add(tag)
    make.entry(source, "wipe", body={"annotations": {"destructiveHint": True}})
    make.entry(source, "move", body={"description": '"readOnlyHint":true'})
    make.entry(make.source("else"), "hello", "prompt")
    weather = str(source.public_id)
    assert shown(page, demo, source=weather) == {"rain", "wipe", "move"}
    assert shown(page, demo, kind="prompt") == {"hello"}
    assert shown(page, demo, tag="outdoor") == shown(page, demo, does="reads") == {"rain"}
    assert shown(page, demo, does="deletes") == {"wipe"}
    assert shown(page, demo, does="changes") == {"move"}
    assert shown(page, demo, q="outdoor") == {"rain"}
    assert len(shown(page, demo, source="x", kind="x", does="x")) == 4


def test_ticks_and_names_are_kept_over_searches_and_pages(page: Client, demo: Server) -> None:
    rows = [make.entry(make.source("many"), f"tool{number:03}") for number in range(1)]
    rows += [make.entry(rows[0].source, f"tool{number:03}") for number in range(1, A_PAGE + 2)]
    first, last = rows[0], rows[-1]
    said = {"entry": [first.pk], f"name-{first.pk}": "mine", "page": "1", "turn": "next"}
    answer = page.post(area("publish", demo), said)
    assert {offer.entry.name for offer in answer.context["offers"]} == {"tool050", "tool051"}
    html = text(answer)
    assert f'name="entry" value="{first.pk}"' in html
    assert f'name="name-{first.pk}" value="mine"' in html
    assert "1 more is ticked" in html
    del said["turn"]
    said |= {"entry": [first.pk, last.pk], "q": "tool000", "search": "1", "page": "2"}
    answer = page.post(area("publish", demo), said)
    (offer,) = answer.context["offers"]
    assert (offer.ticked, offer.name, answer.context["wanted"].page) == (True, "mine", 1)
    page.post(area("publish", demo), {**said, "publish": "1"})
    assert set(demo.entries.values_list("exposed_name", flat=True)) >= {"mine", last.name}


def test_a_taken_name_publishes_nothing_and_keeps_what_was_typed(
    page: Client, demo: Server
) -> None:
    source = make.source("weather")
    rain, snow = make.entry(source, "rain"), make.entry(source, "snow")
    said = {"entry": [rain.pk, snow.pk], f"name-{snow.pk}": "add", "publish": "1"}
    answer = page.post(area("publish", demo), said)
    assert "The tool name add is taken on demo" in text(answer)
    assert {(offer.ticked, offer.name) for offer in answer.context["offers"]} == {
        (True, ""),
        (True, "add"),
    }
    assert demo.entries.count() == 2
    assert changes() == []


@pytest.mark.parametrize("ticked", [["x", "\0", "9" * 30], []])
def test_nothing_ticked_is_said(ticked: list[str], page: Client, demo: Server) -> None:
    answer = page.post(area("publish", demo), {"entry": ticked, "publish": "1"})
    assert "Tick at least one." in text(answer)


def test_all_of_a_source_is_published(page: Client, demo: Server) -> None:
    source = make.source("weather")
    make.entry(source, "rain")
    address, key = area("publish", demo), str(source.public_id)
    assert f'name="all_of" value="{key}"' in text(page.get(address, {"source": key}))
    page.post(address, {"all_of": key})
    assert demo.entries.filter(exposed_name="rain", via__isnull=False).exists()
    assert len(changes("server.source.publish")) == 1
    assert 'name="all_of"' not in text(page.get(address, {"source": key}))
    assert "published on demo already" in text(page.post(address, {"all_of": key}))
    for nothing in ("x", "00000000-0000-0000-0000-000000000000"):
        assert "not there any more" in text(page.post(address, {"all_of": nothing}))


def test_a_server_with_everything_on_it_says_so(page: Client, demo: Server) -> None:
    assert "Everything in the catalog is on this server" in text(page.get(area("publish", demo)))
    assert "matches" in text(page.get(area("publish", demo), {"q": "a\0b"}))


def test_a_longer_offer_asks_the_database_no_more(page: Client, demo: Server) -> None:
    def fill(count: int) -> int:
        for number in range(count):
            make.entry(make.source(), "tool", body={"description": f"{count} {number}"})
        with CaptureQueriesContext(connection) as seen:
            assert page.get(area("publish", demo)).status_code == 200
        return len(seen)

    few = fill(3)
    assert fill(A_PAGE) <= few


def test_more_ticks_than_a_form_holds_are_not_kept(page: Client, demo: Server) -> None:
    answer = page.post(area("publish", demo), {"entry": list(range(1, 900)), "search": "1"})
    assert answer.context["ticked"] == 400
