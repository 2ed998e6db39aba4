"""Two web processes: what changes on one side holds on the other, and nothing is counted twice."""

import re
from collections import Counter
from urllib.request import urlopen

import psycopg
import pytest

from tests import pair as pairs
from tests.live import LiveHub, final
from tests.pair import Pair, refused, until

pytestmark = pytest.mark.services


@pytest.fixture(scope="module", params=["redis", "postgresql alone"])
def pair(request, tmp_path_factory):
    postgres, redis = pairs.services_on(request.param)
    folder = tmp_path_factory.mktemp("pair")
    with pairs.running(folder, postgres, redis) as running:
        yield running


@pytest.fixture
def token(pair: Pair):
    """A token of bob's, a member of the team, that both processes have just accepted."""
    pair.change("join bob")
    token = pair.hubs[0].token("demo-private", "bob")
    for hub in pair.hubs:
        assert not refused(hub, token)
    return token


@pytest.mark.parametrize("change", ["revoke TOKEN", "disable add", "leave bob"])
def test_what_is_taken_away_is_refused_by_both_processes(pair: Pair, token, change):
    pair.change(change.replace("TOKEN", token))
    try:
        for hub in pair.hubs:
            until(lambda hub=hub: refused(hub, token))
    finally:
        pair.change("enable add")


def test_both_processes_tell_clients_whether_they_may_register(pair: Pair):
    for who in ("closed", "open"):
        pair.change(f"register {who}")
        for hub in pair.hubs:
            until(lambda hub=hub, who=who: offers_registration(hub) is (who == "open"))


def offers_registration(hub: LiveHub) -> bool:
    """Return whether clients are told where to register."""
    with urlopen(f"{hub.url}/.well-known/oauth-authorization-server", timeout=20) as answer:
        return b"registration_endpoint" in answer.read()


def test_request_that_is_granted_is_at_work_on_both_processes(pair: Pair):
    pair.change("join dora")
    token = pair.hubs[0].token("demo-private", "dora")
    pair.change("leave dora")
    for hub in pair.hubs:
        until(lambda hub=hub: refused(hub, token))
    pair.change("grant dora")
    for hub in pair.hubs:
        until(lambda hub=hub: not refused(hub, token))


def test_every_call_and_every_denial_is_one_row_and_one_count(pair: Pair, token):
    pair.change("deny echo")
    for hub in pair.hubs:
        until(lambda hub=hub: refused(hub, token, "echo"))
    until(lambda: sum(rows(pair).values()) == counted(pair))
    before, denied = rows(pair), counted(pair, "mcphub_denials_total")
    for hub in pair.hubs * 10:
        assert not refused(hub, token)
        assert refused(hub, token, "echo")
        assert refused(hub, "no token at all")
    until(lambda: sum(rows(pair).values()) == counted(pair))
    assert rows(pair) - before == {("add", "allow"): 20, ("echo", "deny"): 20}
    assert counted(pair, "mcphub_denials_total") - denied == 20
    assert pair.hubs[0].manage("audit_verify").startswith("ok: ")


def test_both_processes_know_what_the_other_let_through(pair: Pair, token):
    pair.change("limit 1/20")
    try:
        for hub in pair.hubs:
            until(lambda hub=hub: waits(hub, token) > 0)
        # What a process let through itself never makes anybody wait for more than a minute.
        for hub in pair.hubs:
            until(lambda hub=hub: waits(hub, token) > 60)
    finally:
        pair.change("limit none")
    for hub in pair.hubs:
        until(lambda hub=hub: not refused(hub, token))


def waits(hub: LiveHub, token: str) -> int:
    """Call a tool; return how many seconds the hub says to wait, 0 if it was let through."""
    params = {"name": "add", "arguments": {"a": 1, "b": 2}}
    answer = hub.open("demo-private", "tools/call", params, token=token)
    answer.read()
    return int(answer.headers.get("retry-after", 0))


def test_file_that_a_third_process_publishes_is_served_by_both_at_once(pair: Pair):
    pair.hubs[0].manage("load_conformance")
    token = pair.hubs[0].token("conformance-private")
    params = {"name": "test_simple_text", "arguments": {}}
    for hub in pair.hubs:
        for slug, bearer in (("conformance", ""), ("conformance-private", token)):
            until(lambda call=(hub, slug, bearer): known(*call, params))
            result = hub.call(slug, **params, token=bearer)
            assert result["content"][0]["text"] == "This is a simple text response for testing."


def known(hub: LiveHub, slug: str, token: str, params: dict[str, object]) -> bool:
    """Call a tool; return whether its server is served, and then it must have answered."""
    answer = hub.open(slug, "tools/call", params, token=token)
    if answer.status == 401:
        answer.read()
        return False
    result = final(answer)["result"]
    assert not result.get("isError"), result
    return True


def rows(pair: Pair) -> Counter[tuple[str, str]]:
    """Count the calls in the trail by tool and verdict."""
    query = (
        "SELECT entry, verdict, count(*) FROM monitoring_auditevent "
        "WHERE kind = 'call' GROUP BY entry, verdict"
    )
    with psycopg.connect(pair.hubs[0].environ["DATABASE_URL"]) as connection:
        return Counter({(e, v): n for e, v, n in connection.execute(query).fetchall()})


def counted(pair: Pair, metric: str = "mcphub_tool_calls_total") -> int:
    """Add up what both processes' metrics tell."""
    total = 0.0
    for hub in pair.hubs:
        with urlopen(f"{hub.url}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        found = re.findall(rf"^{metric}{{.*}} ([0-9.]+)$", text, re.MULTILINE)
        total += sum(map(float, found))
    return int(total)
