"""A call that is cut on one process goes on at the other, each event once: the SDKs' own resumption."""

import json
import subprocess

import pytest

from tests import live_streams
from tests.clients import driving, installing
from tests.clients.known import CLIENTS
from tests.clients.needing import needs
from tests.front import standing
from tests.hub import HANDSHAKE
from tests.pair import running, services

pytestmark = [
    pytest.mark.clients,
    pytest.mark.services,
    pytest.mark.skipif(not all(services()), reason="needs PostgreSQL and Redis"),
]
PROGRAMS = {"sdk1": "with_sdk1_resuming.py", "ts1": "with_ts1_resuming.mjs"}
SLUG = "live-streams"


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def pair(request, tmp_path_factory):
    """Two processes behind PostgreSQL and Redis, on each server."""
    more = {"MCPHUB_TOOLS": live_streams.__file__, "SERVER": request.param}
    with running(tmp_path_factory.mktemp("pair"), *services(), **more) as found:
        yield found


def begun(client, *words):
    """Start a client's program."""
    folder = installing.installed(client.package)
    npm = client.package.registry == "npm"
    runner = installing.node() / "bin" / "node" if npm else installing.python(folder)
    return subprocess.Popen(
        [str(runner), str(driving.PROGRAMS / PROGRAMS[client.name]), *words],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.behaviour("D9", "D11")
@pytest.mark.parametrize("revision", HANDSHAKE)
@pytest.mark.parametrize("how", ["itself", "token"])
@pytest.mark.parametrize("client", [one for one in CLIENTS if one.name in PROGRAMS])
def test_call_that_is_cut_on_one_process_goes_on_at_the_other(
    pair, tmp_path, client, how, revision
):
    needs(client.package)
    one, other = pair.hubs
    gate = tmp_path / "gate"
    with standing() as front:
        front.leads_to([one.port])
        address = f"{front.address}/mcp/{SLUG}"
        program = begun(client, address, one.token(SLUG), revision, how, str(gate))
        try:
            assert program.stdout is not None
            said = program.stdout.readline()
            front.leads_to([other.port])
            front.cut()
            gate.touch()
            rest, errors = program.communicate("\n", timeout=driving.MOST_SECONDS)
        finally:
            program.kill()
    assert said == "cut\n" and program.returncode == 0, errors
    seen = json.loads(rest.splitlines()[-1])
    asked = [line for line in front.asked if line.startswith("GET")]
    assert len(asked) >= 1, "it never came back"
    # A new client does not know the old one's progress token; that events came, their ids tell.
    told = [1, 2, 3, 4] if how == "itself" else [1, 2]
    # The TypeScript SDK tells no places of a stream that it was given a place of.
    first, end = 0 if revision == HANDSHAKE[-1] else 1, 6
    if (client.name, how) == ("ts1", "token"):
        end = 3
    places = [int(place.split("-")[1]) for place in seen.pop("tokens")]
    again = 1 if first == 0 else 0  # what follows begins with the place that is gone on from
    assert [*dict.fromkeys(places)] == [*range(first, end)] and len(places) <= 6 - first + again
    assert seen == {"revision": revision, "told": told, "text": "arrived"}
