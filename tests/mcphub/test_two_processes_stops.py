"""What is stopped on one side is stopped on every other, what runs there too, until it is lifted."""

import pytest

from tests import live_streams
from tests import pair as pairs
from tests.hub import STATELESS
from tests.live_client import Client, short
from tests.pair import Pair, told_why

pytestmark = pytest.mark.services
SLUG = "live-streams"
KINDS = ("everything", "server", "source", "entry:add", "user", "client")
WANTED = {"notifications": {"toolsListChanged": True}}
TOLD = "Stopped by an administrator: A drill. What it began may have happened."


@pytest.fixture(scope="module", params=["redis", "postgresql alone"])
def pair(request, tmp_path_factory):
    postgres, redis = pairs.services_on(request.param)
    folder = tmp_path_factory.mktemp("pair")
    with pairs.running(folder, postgres, redis, MCPHUB_TOOLS=live_streams.__file__) as running:
        yield running


@pytest.mark.parametrize("kind", KINDS)
def test_stop_holds_on_both_processes_until_it_is_lifted(pair: Pair, kind):
    token = pairs.connected(pair)
    for hub in pair.hubs:
        pairs.until(lambda hub=hub: not told_why(hub, token) and not pairs.refused(hub, token))
    pair.change(f"stop {kind} {token}")
    for hub in pair.hubs:
        pairs.until(lambda hub=hub: told_why(hub, token))
    pair.change("lift_all")
    for hub in pair.hubs:
        pairs.until(lambda hub=hub: not told_why(hub, token))


@pytest.mark.parametrize("kind", ["everything", "server", "source", "entry:walk", "user", "client"])
def test_running_calls_on_both_processes_end_and_listeners_stay(pair: Pair, tmp_path, kind):
    token = pairs.connected(pair, SLUG)
    calls, listeners = [], []
    for hub in pair.hubs:
        client = Client(hub, SLUG, token, STATELESS)
        call = client.call("walk", gate=str(tmp_path / "never"))
        assert [short(call.next()), short(call.next())] == [1, 2]
        listener = client.begin("subscriptions/listen", WANTED)
        listener.next()
        calls.append(call)
        listeners.append(listener)
    pair.change(f"stop {kind} {token}")
    assert [call.rest() for call in calls] == [[TOLD], [TOLD]]
    pair.change("lift_all")
    pair.change("disable tell")
    assert ["list_changed" in str(listener.next()) for listener in listeners] == [True, True]
    pair.change("enable tell")
    pair.change(f"disconnect {token}")
