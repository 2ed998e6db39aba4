"""Rendering: a client's steps with a server's address in them."""

import ast
import base64
import json
import re
import shlex
import tomllib
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

from servers.connect.catalogue import CATALOGUE
from servers.connect.rendering import Piece, Target, label, reach, variable, ways

URL = "https://hub.example.com/mcp/demo"
PRIVATE = Target(URL, "demo", "Demo", public=False)
PUBLIC = Target(URL, "demo", "Demo", public=True)
HOSTILE = Target("https://[::1]:8000/mcp/0-x", "0-x", "T\"'<b>{token}`$(id)\n**x**", public=False)
DIGITS = Target("https://hub.example.com/mcp/0-9", "0-9", "0 to 9", public=False)
PLAIN = Target("http://hub.lan:8000/mcp/demo", "demo", "Demo", public=False)
IPV6 = Target("http://[::1]:8000/mcp/0-9", "0-9", "0 to 9", public=True)
TARGETS = {"private": PRIVATE, "public": PUBLIC, "hostile": HOSTILE}
TARGETS |= {"digits": DIGITS, "plain": PLAIN, "ipv6": IPV6}
READERS = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load, "python": ast.parse}
READERS |= {"shell": shlex.split}

EVERY = [
    pytest.param(client, target, id=f"{client.id}-{name}")
    for client in CATALOGUE.clients.values()
    for name, target in TARGETS.items()
]


def shown(client_id, target=PRIVATE):
    """Every step of a client, others among them, by its way."""
    return {
        way.kind: [one for step in way.steps for one in (step, *step.others)]
        for way in ways(CATALOGUE.clients[client_id], target)
    }


def code(client_id, kind, language, target=PRIVATE):
    """The first snippet of that language."""
    return next(step.code for step in shown(client_id, target)[kind] if step.language == language)


@pytest.mark.parametrize(("client", "target"), EVERY)
def test_every_snippet_is_what_its_format_reads(client, target):
    for way in ways(client, target):
        steps = [one for step in way.steps for one in (step, *step.others)]
        for step in steps:
            assert step.words
            if step.language in READERS:
                READERS[step.language](step.code)
        said = "\n".join([step.code for step in steps] + [step.href for step in steps])
        assert target.url in said or json.dumps(target.url)[1:-1] in unquote(said)
        assert ("TOKEN" in said.replace("_TOKEN", "")) <= (way.kind == "token")


@pytest.mark.parametrize(("client", "target"), EVERY)
def test_openai_takes_every_label(client, target):
    steps = [
        one for way in ways(client, target) for each in way.steps for one in (each, *each.others)
    ]
    labels = re.findall(r'"server_label": ?"([^"]*)"', "\n".join(step.code for step in steps))
    assert bool(labels) == (client.id in {"openai-responses", "openai-agents"})
    assert all(re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}", each) for each in labels)


@pytest.mark.parametrize(("client", "target"), EVERY)
def test_links_lead_to_known_schemes_and_hold_no_token(client, target):
    for way in ways(client, target):
        for step in way.steps:
            if step.href:
                assert step.href.partition(":")[0] in {"cursor", "vscode"}
                assert "TOKEN" not in step.href and step.label


def test_log_in_comes_before_a_token_and_a_public_server_needs_neither():
    assert list(shown("cursor")) == ["login", "token"]
    assert list(shown("openai-responses")) == ["token"]
    assert list(shown("cursor", PUBLIC)) == list(shown("openai-responses", PUBLIC)) == ["open"]
    assert not any("log-in" in str(step.words) for step in shown("cursor", PUBLIC)["open"])


def test_other_ways_hang_on_the_step_they_stand_for():
    (way,) = ways(CATALOGUE.clients["vscode"], PUBLIC)
    assert [len(step.others) for step in way.steps] == [2]
    keys = [one.key for step in way.steps for one in (step, *step.others)]
    assert len(set(keys)) == 3


def test_cursor_is_handed_the_bare_server():
    href = next(step.href for step in shown("cursor")["login"] if step.href)
    query = parse_qs(urlsplit(href).query)
    assert query["name"] == ["demo"]
    assert json.loads(base64.b64decode(query["config"][0])) == {"url": URL}


def test_vscode_is_handed_what_its_command_takes():
    href = next(step.href for step in shown("vscode")["login"] if step.href)
    config = json.loads(unquote(href.partition("?")[2]))
    assert config == {"name": "demo", "type": "http", "url": URL}
    assert json.dumps(config, separators=(",", ":")) in code("vscode", "login", "shell")


def test_commands_are_the_ones_people_know():
    assert code("claude-code", "login", "shell") == f"claude mcp add --transport http demo {URL}"
    assert code("codex", "login", "shell") == f"codex mcp add demo --url {URL}"
    assert tomllib.loads(code("codex", "token", "toml")) == {
        "mcp_servers": {"demo": {"url": URL, "bearer_token_env_var": "MCP_DEMO_TOKEN"}}
    }


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("http://hub.lan:8000", True),
        ("http://192.0.2.7", True),
        ("http://[::1]:8000", True),
        ("http://hub.localhost:8000", True),
        ("http://localhost:8000", False),
        ("http://127.0.0.1:8000", False),
        ("https://hub.example.com", False),
        ("https://[::1]:8000", False),
    ],
)
def test_bridge_is_told_to_go_without_encryption_where_it_refuses_to(host, allowed):
    url = f"{host}/mcp/demo"
    target, allowing = Target(url, "demo", "Demo", public=False), ["--allow-http"] * allowed
    command = code("other", "login", "shell", target)
    assert shlex.split(command) == ["npx", "-y", "mcp-remote", url, *allowing]
    for kind, header in {
        "login": [],
        "token": ["--header", "Authorization:${AUTH_HEADER}"],
    }.items():
        server = json.loads(code("claude-desktop", kind, "json", target))["mcpServers"]["demo"]
        assert server["args"] == ["-y", "mcp-remote", url, *allowing, *header]
    for client_id in ("other", "claude-desktop"):
        assert (
            "--allow-http" in str([one.words for one in shown(client_id, target)["login"]])
        ) == allowed


def test_a_token_in_a_variable_stays_there():
    command = code("openai-responses", "token", "shell", DIGITS)
    assert command == "export MCP_0_9_TOKEN=TOKEN"
    (curl,) = [one.code for one in shown("openai-responses", DIGITS)["token"] if "curl" in one.code]
    assert '"authorization":"\'"$MCP_0_9_TOKEN"\'"' in curl and "TOKEN" not in curl.replace(
        "_TOKEN", ""
    )
    assert (
        json.loads(shlex.split(curl.replace("$", ""))[-1])["tools"][0]["server_label"] == "mcp-0-9"
    )


def test_devin_desktop_has_a_file_of_its_own_and_the_one_of_windsurf():
    for kind in ("login", "token"):
        new, old = [one for one in shown("windsurf")[kind] if one.file]
        assert (new.file, old.file) == (
            "~/.config/devin/mcp_config.json",
            "~/.codeium/windsurf/mcp_config.json",
        )
        assert json.loads(new.code)["mcpServers"]["demo"]["url"] == URL
        assert json.loads(old.code)["mcpServers"]["demo"]["serverUrl"] == URL


def test_what_is_filled_in_is_not_looked_at_again():
    target = Target("https://x/{slug}", "demo", "{token}", public=True)
    assert code("cursor", "open", "json", target).count("{slug}") == 1


def test_words_are_marked_and_filled_in():
    words = shown("gemini-cli")["login"][1].words
    assert words == (Piece("Start "), Piece("gemini", "code"), Piece(" and log in."))


@pytest.mark.parametrize(
    ("url", "how_far"),
    [
        ("http://127.0.0.1:8000/mcp/x", "loopback"),
        ("http://localhost/mcp/x", "loopback"),
        ("https://hub.localhost/mcp/x", "loopback"),
        ("http://[::1]:8000/mcp/x", "loopback"),
        ("http://10.0.0.7/mcp/x", "http"),
        ("http://hub.example.com/mcp/x", "http"),
        ("https://hub.example.com/mcp/x", "https"),
        ("https://localhost.example.com/mcp/x", "https"),
    ],
)
def test_how_far_an_address_leads(url, how_far):
    assert reach(url) == how_far


@pytest.mark.parametrize(
    ("slug", "taken"),
    [("demo", "demo"), ("0-x", "mcp-0-x"), ("-x", "mcp--x"), ("9" * 63, f"mcp-{'9' * 60}")],
)
def test_labels_begin_with_a_letter_and_end_in_time(slug, taken):
    assert label(slug) == taken


def test_variables_are_names_that_shells_take():
    assert variable("0-x") == "MCP_0_X_TOKEN"
