"""The official Python SDKs against a running hub: 2.3 in both modes, 1.x in a venv of its own."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.clients

SCRIPTS = Path(__file__).parent
CACHE = Path(settings.BASE_DIR) / "out" / "clients"
EXPECTED = {
    "tools": ["add", "echo", "picture", "slow"],
    "sum": {"result": 5},
    "progress": [[1, 3, "step 1 of 3"], [2, 3, "step 2 of 3"], [3, 3, "step 3 of 3"]],
    "slow": "3 steps done",
    "resource": "Hello, Anna!",
    "prompt": True,
    "unknown": True,
}


@pytest.fixture(scope="session")
def older_sdk() -> Path:
    """The Python of a venv with the SDK's first generation, made once and kept."""
    folder = CACHE / "sdk1"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "mcp<2"], check=True)
        (folder / "complete").touch()
    return python


def run(python, script: str, *words: str) -> dict[str, object]:
    """Run a script with a Python and return the JSON it prints."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [python, SCRIPTS / script, *words],
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("slug", ["demo", "demo-private"])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_second_generation_lists_and_calls(live_hub, slug, mode):
    token = live_hub.token(slug) if slug == "demo-private" else ""
    assert run(sys.executable, "with_sdk2.py", f"{live_hub.url}/mcp/{slug}", mode, token) == {
        **EXPECTED,
        "revision": "2026-07-28" if mode == "auto" else "2025-11-25",
    }


@pytest.mark.parametrize("slug", ["demo", "demo-private"])
def test_first_generation_lists_and_calls(live_hub, slug, older_sdk):
    token = live_hub.token(slug) if slug == "demo-private" else ""
    assert run(older_sdk, "with_sdk1.py", f"{live_hub.url}/mcp/{slug}", token) == EXPECTED


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_second_generation_is_refused_without_a_token(live_hub, mode):
    with pytest.raises(AssertionError, match="Server returned an error response"):
        run(sys.executable, "with_sdk2.py", f"{live_hub.url}/mcp/demo-private", mode, "")
