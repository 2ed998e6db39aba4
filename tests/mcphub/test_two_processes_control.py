"""Leave that is taken back on one side: refused on every other, and what runs there by it ends."""

import pytest

from tests import live_streams
from tests import pair as pairs
from tests.hub import STATELESS
from tests.live_client import Client, short, until
from tests.pair import Pair

pytestmark = pytest.mark.services
SLUG = "live-streams"
SESSIONS = "2025-11-25"
ENDS = (
    "disconnect",
    "end_client",
    "block_client",
    "end_person",
    "shut_out",
    "end_server",
    "end_everything",
)
WANTED = {"notifications": {"toolsListChanged": True}}


@pytest.fixture(scope="module", params=["redis", "postgresql alone"])
def pair(request, tmp_path_factory):
    postgres, redis = pairs.services_on(request.param)
    folder = tmp_path_factory.mktemp("pair")
    with pairs.running(folder, postgres, redis, MCPHUB_TOOLS=live_streams.__file__) as running:
        yield running


def is_refused(client: Client, hub) -> bool:
    stream = client.on(hub).begin("tools/list", {})
    stream.answer.read()
    return stream.status == 401


@pytest.mark.parametrize("end", ENDS)
def test_what_runs_on_each_process_ends_and_both_refuse(pair: Pair, tmp_path, end):
    token = pairs.connected(pair, SLUG)
    ending = []
    for hub in pair.hubs:
        newest, older = (Client(hub, SLUG, token, each) for each in (STATELESS, SESSIONS))
        call = newest.call("walk", gate=str(tmp_path / "never"))
        assert [short(call.next()), short(call.next())] == [1, 2]
        listener = newest.begin("subscriptions/listen", WANTED)
        listener.next()
        ending.append((hub, newest, call, listener, older.listen()))
    pair.change(f"{end} {token}")
    for hub, newest, call, listener, stream in ending:
        (text,) = call.rest()
        assert "was taken back" in text
        assert "result" in listener.rest()[-1] and stream.rest() == []
        pairs.until(lambda client=newest, hub=hub: is_refused(client, hub))
        until(hub, 0)


def test_call_of_a_token_made_by_hand_ends_with_it(pair: Pair, tmp_path):
    token = pair.hubs[0].token(SLUG)
    call = Client(pair.hubs[1], SLUG, token, STATELESS).call("walk", gate=str(tmp_path / "never"))
    assert [short(call.next()), short(call.next())] == [1, 2]
    pair.change(f"revoke {token}")
    (text,) = call.rest()
    assert "was taken back" in text


def test_call_goes_on_when_its_token_is_refreshed(pair: Pair, tmp_path):
    token = pairs.connected(pair, SLUG)
    client, gate = Client(pair.hubs[1], SLUG, token, STATELESS), tmp_path / "gate"
    call = client.call("walk", gate=str(gate))
    assert [short(call.next()), short(call.next())] == [1, 2]
    pair.change(f"revoke {token}")
    pairs.until(lambda: is_refused(client, pair.hubs[1]))
    gate.touch()
    assert call.rest() == [3, 4, "arrived"]
