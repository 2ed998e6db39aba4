"""Two web processes: each one's live view shows the calls of both, and each masks by the same words."""

import json
import urllib.request

import psycopg
import pytest

from tests import pair as pairs
from tests.live import LiveHub
from tests.mcphub.test_live_view import LIVE, session
from tests.pair import Pair, until

pytestmark = pytest.mark.services


@pytest.fixture(scope="module", params=["redis", "postgresql alone"])
def pair(request, tmp_path_factory):
    postgres, redis = pairs.services_on(request.param)
    folder = tmp_path_factory.mktemp("pair")
    with pairs.running(folder, postgres, redis) as running:
        yield running


@pytest.fixture(scope="module")
def cookie(pair: Pair) -> str:
    return "=".join(session(pair.hubs[0]))


def rows(hub: LiveHub, cookie: str, query: str = "") -> str:
    """What a hub's view shows."""
    asked = urllib.request.Request(f"{hub.url}{LIVE}rows/?{query}", headers={"cookie": cookie})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def test_each_view_shows_the_calls_of_both(pair: Pair, cookie):
    for caller in pair.hubs:
        caller.call("demo", "add", {"a": 1, "b": 2})
    for viewer in pair.hubs:
        until(lambda viewer=viewer: rows(viewer, cookie).count("data-id") >= 2)
        assert rows(viewer, cookie, "server=nosuch").strip() == ""


def test_what_is_recorded_is_masked_alike_on_both(pair: Pair):
    pair.change("record all")
    pair.change("mask text")
    try:
        for hub in pair.hubs:
            until(lambda hub=hub: recorded(pair, hub) == "[masked]")
    finally:
        pair.change("record nothing")


def recorded(pair: Pair, hub: LiveHub) -> str:
    """Call a tool, and return what was recorded of its argument; empty while nothing is."""
    hub.call("demo", "echo", {"text": "a canary sings"})
    with psycopg.connect(pair.hubs[0].environ["DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT arguments, result FROM monitoring_callcontent ORDER BY at DESC LIMIT 1"
        ).fetchone()
    if found is None:
        return ""
    text: str = json.loads(found[0])["text"]
    assert text == "a canary sings" or "canary" not in found[1]
    return text
