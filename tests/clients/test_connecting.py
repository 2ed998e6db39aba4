"""What the pages show, handed to the real clients: their settings then hold what the pages say."""

import json
import os
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from servers.connect.catalogue import CATALOGUE
from servers.connect.rendering import Target, ways
from tests.clients import installing
from tests.clients.known import AGENTS, CLIENTS, MCP_REMOTE, PACKAGES, Package
from tests.clients.needing import needs

pytestmark = pytest.mark.clients

URL = "http://127.0.0.1:9/mcp/demo-private"
TARGET = Target(URL, "demo-private", "Demo", public=False)
MOST_SECONDS = 120
WRITTEN_BY_ADD_MCP = {
    "copilot-cli": ("github-copilot-cli", ".copilot/mcp-config.json", json.loads),
    "opencode": ("opencode", ".config/opencode/opencode.jsonc", json.loads),
    "cursor": ("cursor", ".cursor/mcp.json", json.loads),
    "windsurf": ("windsurf", ".codeium/windsurf/mcp_config.json", json.loads),
    "zed": ("zed", ".config/zed/settings.json", json.loads),
    "cline": ("cline-cli", ".cline/data/settings/cline_mcp_settings.json", json.loads),
    "goose": ("goose", ".config/goose/config.yaml", yaml.safe_load),
}


@pytest.fixture
def home(tmp_path):
    """A home folder with nothing in it."""
    return tmp_path


def snippets(client_id, kind, language):
    """What a page shows of that language, in order."""
    (way,) = [one for one in ways(CATALOGUE.clients[client_id], TARGET) if one.kind == kind]
    steps = [one for step in way.steps for one in (step, *step.others)]
    return [step.code for step in steps if step.language == language]


def run(home: Path, command: str) -> str:
    """Run what stands on a page in a shell where the client is installed, and return what it printed."""
    words = {line.split()[0] for line in command.splitlines()} & set(PACKAGES)
    (package,) = (PACKAGES[word] for word in words)
    needs(package)
    folder = (
        installing.unpacked() if package is PACKAGES["claude"] else installing.installed(package)
    )
    folders = [folder / "node_modules" / ".bin", installing.node() / "bin"]
    path = os.pathsep.join(map(str, [*folders, "/usr/bin", "/bin"]))
    done = subprocess.run(
        ["sh", "-ec", command.replace("npx add-mcp", "add-mcp --yes")],
        cwd=home,
        env={"HOME": str(home), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.mark.parametrize(("kind", "headers"), [("login", None), ("token", "Bearer TOKEN")])
def test_claude_code_keeps_the_server(home, kind, headers):
    run(home, snippets("claude-code", kind, "shell")[0])
    (project,) = json.loads((home / ".claude.json").read_text())["projects"].values()
    kept = project["mcpServers"]["demo-private"]
    assert (kept["type"], kept["url"]) == ("http", URL)
    assert kept.get("headers", {}).get("Authorization") == headers
    assert URL in run(home, "claude mcp get demo-private")


@pytest.mark.parametrize("kind", ["login", "token"])
def test_codex_writes_what_the_page_says_it_writes(home, kind):
    run(home, snippets("codex", kind, "shell")[0])
    kept = tomllib.loads((home / ".codex" / "config.toml").read_text())
    assert kept == tomllib.loads(snippets("codex", kind, "toml")[0])
    assert URL in run(home, "codex mcp list")


@pytest.mark.parametrize(("kind", "headers"), [("login", None), ("token", "Bearer TOKEN")])
def test_gemini_keeps_the_server(home, kind, headers):
    run(home, snippets("gemini-cli", kind, "shell")[0])
    kept = json.loads((home / ".gemini" / "settings.json").read_text())["mcpServers"]
    assert (kept["demo-private"]["type"], kept["demo-private"]["url"]) == ("http", URL)
    assert kept["demo-private"].get("headers", {}).get("Authorization") == headers


@pytest.mark.parametrize("kind", ["login", "token"])
@pytest.mark.parametrize("client_id", list(WRITTEN_BY_ADD_MCP))
def test_file_on_the_page_is_the_one_add_mcp_writes(home, client_id, kind):
    agent, path, read = WRITTEN_BY_ADD_MCP[client_id]
    command = snippets("add-mcp", kind, "shell")[0]
    run(home, f"{command} --agent {agent} --global")
    (*_, shown) = snippets(client_id, kind, "yaml" if client_id == "goose" else "json")
    assert read((home / path).read_text()) == read(shown)


def test_file_of_vscode_is_the_one_add_mcp_writes(home):
    run(home, f"{snippets('add-mcp', 'login', 'shell')[0]} --agent vscode --global")
    (written,) = home.rglob("Code/User/mcp.json")
    assert json.loads(written.read_text()) == json.loads(snippets("vscode", "login", "json")[0])


def test_second_command_of_add_mcp_names_its_clients(home):
    run(home, snippets("add-mcp", "login", "shell")[1])
    assert (home / ".cursor" / "mcp.json").exists()
    assert len(list(home.rglob("Code/User/mcp.json"))) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "[::1]"])
def test_bridge_goes_to_every_address_that_a_page_gives_it(home, host):
    needs(MCP_REMOTE)
    target = Target(f"http://{host}:9/mcp/demo", "demo", "Demo", public=True)
    (way,) = ways(CATALOGUE.clients["other"], target)
    (command,) = [step.code for step in way.steps if step.language == "shell"]
    folders = [installing.installed(MCP_REMOTE) / "node_modules/.bin", installing.node() / "bin"]
    done = subprocess.run(
        ["sh", "-c", command.replace("npx -y ", "")],
        cwd=home,
        env={"HOME": str(home), "PATH": os.pathsep.join(map(str, [*folders, "/usr/bin", "/bin"]))},
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    assert f"Connecting to remote server: {target.url}" in done.stderr


SDK = next(client.package for client in CLIENTS if client.name == "sdk2")


def run_program(package: Package, *words: str, token: str = "") -> str:
    """Run a program in the package's virtual environment, and return what it printed."""
    needs(package)
    done = subprocess.run(
        [str(installing.python(installing.installed(package))), *words],
        env={"MCP_DEMO_PRIVATE_TOKEN": token, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def programs(client_id: str, url: str, slug: str) -> list[str]:
    """The programs that a page shows for a server of a hub, which "demo" alone leaves open."""
    (way,) = ways(CATALOGUE.clients[client_id], Target(url, slug, "Demo", slug == "demo"))
    steps = [one for step in way.steps for one in (step, *step.others)]
    return [step.code for step in steps if step.language == "python"]


@pytest.mark.parametrize("slug", ["demo", "demo-private"])
def test_program_of_the_python_sdk_lists_tools(live_hub, tmp_path, slug):
    token = "" if slug == "demo" else live_hub.token(slug)
    (program,) = programs("python-sdk", f"{live_hub.url}/mcp/{slug}", slug)
    (tmp_path / "program.py").write_text(program)
    assert "add" in run_program(SDK, str(tmp_path / "program.py"), token=token).split()


@pytest.mark.parametrize("client_id", ["openai-agents", "openai-responses"])
@pytest.mark.parametrize("slug", ["demo", "demo-private"])
def test_programs_for_openai_run_but_for_the_model(live_hub, tmp_path, client_id, slug):
    url, token = f"{live_hub.url}/mcp/{slug}", "" if slug == "demo" else live_hub.token(slug)
    seen: dict[str, list[object]] = {"offered": [], "told": [], "unknown": []}
    for program in programs(client_id, url, slug):
        (tmp_path / "program.py").write_text(program)
        words = (str(Path(__file__).with_name("with_agents.py")), str(tmp_path / "program.py"))
        printed = json.loads(run_program(AGENTS, *words, token=token).splitlines()[-1])
        seen = {name: found + printed[name] for name, found in seen.items()}
    (told,) = seen["told"]
    assert (told["server_url"], told["server_label"]) == (url, slug)
    assert told.get("authorization", "") == token
    assert seen["unknown"] == []
    assert ("add" in seen["offered"]) == (client_id == "openai-agents")


def test_table_and_tests_are_about_the_same_versions():
    for client_id, program in {
        "claude-code": "claude",
        "codex": "codex",
        "gemini-cli": "gemini",
    }.items():
        assert CATALOGUE.clients[client_id].ran.startswith(f"{PACKAGES[program].version}:")
    for client_id in [*WRITTEN_BY_ADD_MCP, "vscode", "add-mcp"]:
        assert f"add-mcp {PACKAGES['npx'].version}" in CATALOGUE.clients[client_id].ran
