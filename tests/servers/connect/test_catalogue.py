"""The table of clients: what is in it, and what it may not hold."""

import pytest
import yaml

from servers.connect.catalogue import CATALOGUE, CatalogueError, read

ROW = {
    "id": "one",
    "name": "One",
    "hint": "One command",
    "group": "terminal",
    "ran": "1.0",
    "login": [{"say": "Run this.", "shell": [["one", "add", "{url}"]]}],
}
STEP = ROW["login"][0]
LINK = {"label": "Add", "to": "cursor://install", "query": {"name": "{slug}"}}


def table(*rows, **changed):
    """A file with these rows; or with one, changed."""
    clients = list(rows) or [{**ROW, **changed}]
    kept = [{key: one for key, one in row.items() if one is not None} for row in clients]
    return yaml.safe_dump(
        {"schemes": ["cursor"], "groups": {"terminal": "In a terminal"}, "clients": kept}
    )


def test_clients_people_ask_for_are_there():
    wanted = {"claude-code", "claude", "chatgpt", "cursor", "vscode", "codex", "openai-responses"}
    wanted |= {"openai-agents", "copilot-studio", "gemini-cli", "windsurf", "zed", "cline"}
    wanted |= {"opencode", "goose", "copilot-cli", "claude-desktop", "inspector", "python-sdk"}
    assert wanted <= set(CATALOGUE.clients)


def test_clients_of_a_group_stand_together():
    order = list(dict.fromkeys(client.group for client in CATALOGUE.clients.values()))
    assert order == list(CATALOGUE.groups)
    groups = [client.group for client in CATALOGUE.clients.values()]
    assert groups == sorted(groups, key=order.index)


def test_well_formed_table_is_read():
    client = read(table()).clients["one"]
    assert (client.name, client.group, client.documented) == ("One", "terminal", "")
    (step,) = client.ways["login"]
    assert (step.say, step.format, step.body) == ("Run this.", "shell", [["one", "add", "{url}"]])


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "One Two"},
        {"id": "../x"},
        {"name": None},
        {"hint": ""},
        {"group": "nosuch"},
        {"ran": None},
        {"documented": "https://example.com"},
        {"colour": "blue"},
        {"login": None},
        {"login": None, "token": [STEP]},
        {"login": []},
        {"login": "run it"},
        {"instead": "nosuch"},
        {"login": [{**STEP, "or": True}]},
        {"login": [STEP, {**STEP, "or": "yes"}]},
        {"login": [{**STEP, "only": "sometimes"}]},
        {"login": [{**STEP, "json": {}}]},
        {"login": [{"shell": [["one"]]}]},
        {"login": [{**STEP, "speak": "x"}]},
        {"login": [{**STEP, "shell": [["one", "{password}"]]}]},
        {"login": [{"say": "Go to {nowhere}."}]},
        {"login": [{"say": "x", "json": {"a": [{"{nokey}": 1}]}}]},
        {"login": [{"say": "x", "python": "print({title})"}]},
        {"login": [{"say": "x", "link": {**LINK, "to": "javascript:alert(1)"}}]},
        {"login": [{"say": "x", "link": {**LINK, "to": "https://example.com"}}]},
        {"login": [{"say": "x", "link": {**LINK, "json": {}}}]},
        {"login": [{"say": "x", "link": {"to": "cursor://x"}}]},
    ],
    ids=str,
)
def test_what_could_not_be_shown_stops_the_start(changed):
    with pytest.raises(CatalogueError, match=r"clients\.yaml"):
        read(table(**changed))


def test_words_for_plain_http_and_the_name_that_openai_takes_are_understood():
    words = ["one", "{label}", {"plain": "--allow-http"}]
    (step,) = (
        read(table(login=[{**STEP, "shell": [words], "only": "plain"}]))
        .clients["one"]
        .ways["login"]
    )
    assert (step.only, step.body) == ("plain", [words])


def test_one_id_stands_once():
    with pytest.raises(CatalogueError, match="twice"):
        read(table(ROW, ROW))


def test_a_table_of_another_shape_stops_the_start():
    for text in ("", "[]", "clients: []"):
        with pytest.raises(CatalogueError):
            read(text)
