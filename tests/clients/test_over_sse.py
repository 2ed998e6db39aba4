"""Other people's clients over HTTP+SSE, the deprecated transport, against the fixture server on a hub."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.clients import driving, installing
from tests.clients.known import LEGACY, OVER_SSE, PACKAGES, REVISIONS, SSE, Client
from tests.clients.needing import needs
from tests.live import LiveHub, free_port
from tests.pair import until

pytestmark = pytest.mark.clients

OPEN, PRIVATE = "conformance", "conformance-private"
EACH = [pytest.param(one, id=one.name) for one in OVER_SSE]
REFUSED = [each for each in EACH if each.values[0].refusal]
COUNTED = "from servers.models import SSEClient; print(*SSEClient.objects.all(), sep='\\n')"


@pytest.fixture(scope="module")
def fixture_hub(live_hub: LiveHub) -> LiveHub:
    """A hub that serves the fixture server, in the open and behind a token."""
    driving.load_fixture(live_hub)
    return live_hub


def drive(client: Client, hub: LiveHub, slug: str, token: str = "") -> Any:
    """Run a client's program; skip where it cannot be installed, but never in CI."""
    needs(client.package)
    return driving.drive(client, SSE, driving.address(hub, slug, SSE), token)


@pytest.mark.parametrize("client", EACH)
def test_client_lists_calls_follows_answers_and_is_told(
    fixture_hub: LiveHub, client: Client
) -> None:
    seen = drive(client, fixture_hub, OPEN)
    assert seen == driving.expected(client, SSE, fixture_hub, OPEN)


@pytest.mark.parametrize("client", EACH)
def test_client_with_a_token_sees_the_same(fixture_hub: LiveHub, client: Client) -> None:
    token = fixture_hub.token(PRIVATE)
    seen = drive(client, fixture_hub, PRIVATE, token)
    assert seen == driving.expected(client, SSE, fixture_hub, PRIVATE, token)


@pytest.mark.parametrize("client", REFUSED)
def test_client_without_a_token_is_refused(fixture_hub: LiveHub, client: Client) -> None:
    with pytest.raises(driving.DriveError, match=client.refusal):
        drive(client, fixture_hub, PRIVATE)


def test_client_is_counted_by_the_name_it_gives(fixture_hub: LiveHub) -> None:
    """A bridge that passes all on says whose words it passes."""
    (bridge,) = [one for one in OVER_SSE if one.name == "mcp_remote_sse"]
    drive(bridge, fixture_hub, OPEN)
    name = f"with_mcp_remote (via mcp-remote {bridge.package.version})"
    until(lambda: name in fixture_hub.manage("shell", "-v0", "-c", COUNTED).splitlines())


def test_mcp_proxy_in_front_of_standard_streams_lists_calls_and_tells_progress(
    fixture_hub: LiveHub,
) -> None:
    """It serves HTTP+SSE itself, and the hub speaks a message a line behind it."""
    (bridge,) = [one for one in OVER_SSE if one.name == "mcp_proxy_sse"]
    needs(bridge.package)
    python = installing.python(installing.installed(bridge.package))
    program = driving.PROGRAMS / "with_mcp_proxy_in_front.py"
    behind = (sys.executable, str(settings.BASE_DIR / "manage.py"), "mcp_stdio", "--server", OPEN)
    done = subprocess.run(
        [str(python), str(program), str(free_port()), *behind],
        env=fixture_hub.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=driving.MOST_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen.pop("revision") == REVISIONS[LEGACY]
    assert seen == driving.expected(bridge, SSE, fixture_hub, OPEN)


def gemini(home: Path, servers: dict[str, Any]) -> str:
    """Have Gemini CLI look at the servers of its settings, and return what it says of them."""
    needs(PACKAGES["gemini"])
    kept = {
        "settings.json": {"mcpServers": servers},
        "trustedFolders.json": {str(home): "TRUST_FOLDER"},
    }
    (home / ".gemini").mkdir()
    for name, value in kept.items():
        (home / ".gemini" / name).write_text(json.dumps(value))
    folder = installing.installed(PACKAGES["gemini"])
    folders = [folder / "node_modules" / ".bin", installing.node() / "bin", "/usr/bin", "/bin"]
    done = subprocess.run(
        ["gemini", "mcp", "list"],
        cwd=home,
        env={"HOME": str(home), "PATH": os.pathsep.join(map(str, folders))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=driving.MOST_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_health_check_of_gemini_says_connected(fixture_hub: LiveHub, tmp_path: Path) -> None:
    """Its settings name the transport: `type` of an address, or the key that the address stands under."""
    url = f"{fixture_hub.url}/mcp/{OPEN}"
    private = f"{fixture_hub.url}/mcp/{PRIVATE}"
    bearer = {"Authorization": f"Bearer {fixture_hub.token(PRIVATE)}"}
    servers = {
        "sse": {"url": f"{url}/sse", "type": "sse"},
        "sse-token": {"url": f"{private}/sse", "type": "sse", "headers": bearer},
        "http": {"httpUrl": url},
        "http-token": {"httpUrl": private, "headers": bearer},
        "refused": {"url": f"{private}/sse", "type": "sse"},
    }
    said = gemini(tmp_path, servers)
    found = re.findall(r"(\S+): http\S+ \((\w+)\) - (\w+)", said)
    assert found == [
        ("sse", "sse", "Connected"),
        ("sse-token", "sse", "Connected"),
        ("http", "http", "Connected"),
        ("http-token", "http", "Connected"),
        ("refused", "sse", "Disconnected"),
    ]
