"""Two web processes: the steps of one client are one attempt, whichever process saw which."""

import http.client
import json

import psycopg
import pytest

from tests import pair as pairs
from tests.pair import Pair, until

pytestmark = pytest.mark.services
ABOUT = {"client_name": "Editor", "redirect_uris": ["http://127.0.0.1/callback"]}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    postgres, redis = pairs.services_on()
    with pairs.running(tmp_path_factory.mktemp("pair"), postgres, redis) as running:
        yield running


def ask(hub, verb: str, path: str, body: object = None) -> int:
    """Send a request; return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    headers = {"content-type": "application/json", "connection": "close"}
    connection.request(verb, path, json.dumps(body) if body else None, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def written(pair: Pair) -> list[tuple[int, str, str]]:
    """Return attempt, step and reason of each step there is, in the order they happened."""
    query = "SELECT attempt_id, step, reason FROM accounts_attemptstep ORDER BY at, id"
    with psycopg.connect(pair.hubs[0].environ["DATABASE_URL"]) as connection:
        return [tuple(row) for row in connection.execute(query).fetchall()]


def test_steps_that_different_processes_saw_are_one_attempt(pair: Pair):
    one, two = pair.hubs
    assert ask(one, "POST", "/mcp/demo-private", {}) == 401
    assert ask(two, "GET", "/.well-known/oauth-protected-resource/mcp/demo-private") == 200
    assert ask(one, "POST", "/register", ABOUT) == 201
    until(lambda: len(written(pair)) == 3)
    attempts, steps, _ = zip(*written(pair), strict=True)
    assert steps == ("challenge", "metadata", "registration") and len(set(attempts)) == 1
