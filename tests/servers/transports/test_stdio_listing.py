"""Over stdio and HTTP+SSE: lists that are slim, or that stand for others, in every revision."""

import json

import pytest

from accounts.scopes import READ
from accounts.tokens import digest
from catalog.models import Source
from servers.models import Server
from tests import make
from tests.hub import published
from tests.peers import every_revision, peer
from tests.stdio import Beside

ADD = {"a": 2, "b": 3}


def behaviour(*names):
    return pytest.mark.behaviour(*names, transport="stdio")


@pytest.fixture
def client(hub, request, transport):
    """A client of the server `open`, which lists as the test says."""
    Server.objects.update(listing=request.param)
    hub.refresh()
    client = peer(hub, transport)
    yield client
    client.end()


@behaviour("H18")
@pytest.mark.parametrize("client", ["slim"], indirect=True)
@every_revision
def test_tool_of_a_slim_list_is_called_as_ever(client, revision):
    client.speak(revision)
    (add,) = [one for one in client.result("tools/list")["tools"] if one["name"] == "add"]
    assert add["description"] == "Add two whole numbers." and "outputSchema" not in add
    result = client.call("add", ADD)
    assert result["content"] == [{"type": "text", "text": "5"}]
    assert ("structuredContent" in result) == (revision >= "2025-06-18")


@behaviour("H19")
@pytest.mark.parametrize("client", ["search"], indirect=True)
@every_revision
def test_tools_are_found_described_and_called(client, revision):
    client.speak(revision)
    names = [one["name"] for one in client.result("tools/list")["tools"]]
    assert names == ["search_tools", "describe_tool", "call_tool"]
    found = json.loads(client.call(names[0], {"query": "whole numbers"})["content"][0]["text"])
    assert [one["name"] for one in found["tools"]] == ["add"]
    add = json.loads(client.call(names[1], {"name": "add"})["content"][0]["text"])
    assert add["inputSchema"]["required"] == ["a", "b"]
    through = client.call(names[2], {"name": "add", "arguments": ADD})
    assert through == client.call("add", ADD) and through["isError"] is False


def test_scope_that_is_lacking_is_told_in_the_result(hub, bob):
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    Server.objects.update(listing="search")
    hub.refresh()
    client = Beside(hub, "closed", digest(make.token(bob, server, scopes=[READ])))
    result = client.call("call_tool", {"name": "write", "arguments": {"text": "x"}})
    assert result["isError"] is True and "mcp:write" in result["content"][0]["text"]
    client.end()
