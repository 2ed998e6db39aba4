"""Quoting: what is written is read back as what was meant, whatever stands in it."""

import base64
import json
import shlex
import subprocess
import tomllib
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from servers.connect import quoting

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
WORDS = [
    "plain",
    "http://[::1]:8000/mcp/x",
    "Authorization: Bearer TOKEN",
    "it's",
    '"$HOME"',
    "`id`",
]
WORDS += ["$(id)", "a\\b", "", "@scope/package", "!!", "a;b", "über", "100%", "line\nline"]


@given(st.lists(TEXT, min_size=1))
def test_shell_reads_back_the_words(words):
    assert shlex.split(quoting.shell([words])) == words


@pytest.mark.parametrize("word", WORDS)
def test_a_real_shell_runs_nothing_and_changes_nothing(word):
    done = subprocess.run(
        ["sh", "-c", f"printf %s {quoting.shell_word(word)}"], capture_output=True, check=True
    )
    assert done.stdout.decode() == word


def test_headers_are_in_the_quotes_that_every_shell_knows():
    assert quoting.shell_word("Authorization: Bearer TOKEN") == '"Authorization: Bearer TOKEN"'
    assert quoting.shell_word("@scope/package") == '"@scope/package"'


def test_long_lines_are_broken_and_variables_left_to_the_shell():
    command = ["curl", "https://example.com", None, "-H", {"expanded": "Bearer $KEY"}, None, "-d"]
    command.append({"json": {"a": "it's"}})
    assert quoting.shell([command, ["next"]]) == (
        'curl https://example.com \\\n  -H "Bearer $KEY" \\\n  -d \'{"a":"it\'"\'"\'s"}\'\nnext'
    )


@given(TEXT, TEXT)
def test_json_of_a_shell_is_read_back_but_for_its_variables(text, key):
    body = {key: text, "token": {"expanded": "$A_TOKEN"}, "more": [text]}
    (word,) = shlex.split(quoting.shell([[{"json": body}]]))
    assert json.loads(word) == {key: text, "token": "$A_TOKEN", "more": [text]}


@pytest.mark.parametrize("said", ["it's", '{"expanded":"$HOME"}', "$HOME `id` $(id)", "$A_TOKEN"])
def test_a_real_shell_fills_in_the_variable_of_json_and_nothing_else(said):
    body = {"said": said, "token": {"expanded": "$A_TOKEN"}}
    command = quoting.shell([["printf", "%s", {"json": body}]])
    env = {"A_TOKEN": "mcp_0-9.x", "HOME": "/x"}
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True, env=env)
    assert json.loads(done.stdout) == {"said": said, "token": "mcp_0-9.x"}


@given(st.dictionaries(TEXT, st.dictionaries(TEXT, TEXT), max_size=4))
def test_toml_reads_back_the_tables(value):
    tables = {key: one for key, one in value.items() if one}
    assert tomllib.loads(quoting.toml(tables)) == tables


@given(st.dictionaries(TEXT, st.dictionaries(TEXT, TEXT), max_size=4))
def test_yaml_and_json_read_back_the_values(value):
    assert yaml.safe_load(quoting.as_yaml(value)) == value
    assert json.loads(quoting.indented(value)) == json.loads(quoting.compact(value)) == value


@given(TEXT)
def test_links_carry_their_configuration_whole(text):
    href = quoting.link(
        {"to": "cursor://x/install", "query": {"name": text, "config": {"base64": {"url": text}}}}
    )
    query = parse_qs(urlsplit(href).query, keep_blank_values=True, strict_parsing=True)
    assert query["name"] == [text]
    assert json.loads(base64.b64decode(query["config"][0])) == {"url": text}
    href = quoting.link({"to": "vscode:mcp/install", "json": {"name": text}})
    scheme, _, rest = href.partition("?")
    assert scheme == "vscode:mcp/install"
    assert json.loads(unquote(rest)) == {"name": text}
    assert not set("\"<> '&#") & set(rest)
