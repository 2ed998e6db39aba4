"""How soon a change on one web process holds on another, in milliseconds.

Needs PostgreSQL and takes Redis if it is named.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from tests import live_streams
from tests import pair as pairs
from tests.hub import STATELESS
from tests.live_client import Client, Stream
from tests.pair import Pair, refused, told_why, until

STREAMS = "live-streams"


def measure(postgres: str, redis: str, rounds: int, path: Path) -> None:
    """Measure each kind of change, show it, and write it to a file."""
    with (
        tempfile.TemporaryDirectory(prefix="mcphub-drill-") as folder,
        pairs.running(Path(folder), postgres, redis, MCPHUB_TOOLS=live_streams.__file__) as pair,
    ):
        found = {name: _row(partial(drill, pair), rounds) for name, drill in DRILLS.items()}
    path.write_text(json.dumps(found, indent=1))
    for name, row in found.items():
        sys.stdout.write(f"{name:18} median {row['median']:6.1f} ms   most {row['most']:6.1f} ms\n")
    sys.stdout.write(f"{path}\n")


def _row(drill: Callable[[], float], rounds: int) -> dict[str, float]:
    """Return what a few rounds took."""
    took = [drill() * 1000 for _ in range(rounds)]
    return {"median": median(took), "most": max(took)}


def _accepted(pair: Pair) -> str:
    """Return a token that the second process has just accepted."""
    pair.change("join bob")
    token = pair.hubs[0].token("demo-private", "bob")
    until(lambda: not refused(pair.hubs[1], token))
    return token


def _until_refused(pair: Pair, token: str, change: str) -> float:
    """Make a change and return the seconds until the second process refuses."""
    committed = pair.change(change)
    return until(lambda: refused(pair.hubs[1], token)) - committed


def revoked(pair: Pair) -> float:
    """A token is revoked."""
    token = _accepted(pair)
    return _until_refused(pair, token, f"revoke {token}")


def disabled(pair: Pair) -> float:
    """A tool is switched off."""
    seconds = _until_refused(pair, _accepted(pair), "disable add")
    pair.change("enable add")
    return seconds


def left(pair: Pair) -> float:
    """A person leaves the team."""
    return _until_refused(pair, _accepted(pair), "leave bob")


def disconnected(pair: Pair) -> float:
    """A connection is ended."""
    token = _accepted_of(pair, "demo-private")
    return _until_refused(pair, token, f"disconnect {token}")


def blocked(pair: Pair) -> float:
    """A client is blocked."""
    token = _accepted_of(pair, "demo-private")
    return _until_refused(pair, token, f"block_client {token}")


def shut_out(pair: Pair) -> float:
    """A person is disabled."""
    token = _accepted_of(pair, "demo-private")
    return _until_refused(pair, token, f"shut_out {token}")


def all_ended(pair: Pair) -> float:
    """Everything is ended."""
    token = _accepted_of(pair, "demo-private")
    return _until_refused(pair, token, f"end_everything {token}")


def stopped(kind: str, pair: Pair) -> float:
    """Something is stopped."""
    token = _accepted_of(pair, "demo-private")
    committed = pair.change(f"stop {kind} {token}")
    seconds = until(lambda: told_why(pair.hubs[1], token)) - committed
    pair.change("lift_all")
    until(lambda: not told_why(pair.hubs[1], token))
    return seconds


def running_call_stopped(pair: Pair) -> float:
    """A server is stopped: until the stream of a call of it that runs is closed."""
    token = pairs.connected(pair, STREAMS)
    client = Client(pair.hubs[1], STREAMS, token, STATELESS)
    call = client.call("walk", gate="/never")
    seconds = _until_closed(pair, call, f"stop server {token}")
    pair.change("lift_all")
    return seconds


def stream_closed(pair: Pair) -> float:
    """A connection is ended: until a stream that listens is closed."""
    token = pairs.connected(pair, STREAMS)
    client = Client(pair.hubs[1], STREAMS, token, STATELESS)
    wanted = {"notifications": {"toolsListChanged": True}}
    stream = client.begin("subscriptions/listen", wanted)
    return _until_closed(pair, stream, f"disconnect {token}")


def call_stopped(pair: Pair) -> float:
    """A connection is ended: until the stream of a call that runs is closed."""
    token = pairs.connected(pair, STREAMS)
    client = Client(pair.hubs[1], STREAMS, token, STATELESS)
    return _until_closed(pair, client.call("walk", gate="/never"), f"disconnect {token}")


def _accepted_of(pair: Pair, slug: str) -> str:
    """Return a connection's token that the second process has just accepted."""
    token = pairs.connected(pair, slug)
    until(lambda: not refused(pair.hubs[1], token))
    return token


def _until_closed(pair: Pair, stream: Stream, change: str) -> float:
    """Make a change and return the seconds until the second process has closed a stream."""
    stream.next()
    committed = pair.change(change)
    stream.rest()
    return time.monotonic() - committed


STOPS = {
    "everything": "everything",
    "server": "server",
    "source": "source",
    "tool": "entry:add",
    "person": "user",
    "client": "client",
}
DRILLS = {
    "token revoked": revoked,
    "tool disabled": disabled,
    "membership ended": left,
    "connection ended": disconnected,
    "client blocked": blocked,
    "person disabled": shut_out,
    "everything ended": all_ended,
    **{f"{kind} stopped": partial(stopped, word) for kind, word in STOPS.items()},
    "call of it stopped": running_call_stopped,
    "stream closed": stream_closed,
    "call stopped": call_stopped,
}
