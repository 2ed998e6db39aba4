"""What the consent page says, as values."""

import pytest

from accounts.models import OAuthClient
from accounts.oauth.consent_page import (
    MOST_TOOLS,
    MOST_UNFOLDED,
    asker_of,
    choices,
    destination_of,
    ticked_at_first,
)
from accounts.oauth.directory import Offer, OfferedTool

EVERY = ("mcp:read", "mcp:write", "mcp:destructive", "mcp:prompts")


def offer(scope: str, number: int, **more: int) -> Offer:
    tools = (OfferedTool(f"t{n}", f"Tool {n}", "d" * 1000, scope) for n in range(number))
    return Offer(tuple(tools), **more)


def choice(scope: str, given: Offer, asked=("mcp:read",), held=()):
    ticked = ticked_at_first(asked, held)
    found = choices(given, asked=asked, held=held, ticked=ticked)
    assert [each.words.scope for each in found] == list(EVERY)
    return next(each for each in found if each.words.scope == scope)


@pytest.mark.parametrize(
    ("client", "name", "known"),
    [
        ({"name": "Claude", "registration_source": "dcr"}, "Claude", "Self-registered"),
        ({"name": "", "registration_source": "dcr"}, "A client without a name", "Self-registered"),
        (
            {"name": "\u200b", "registration_source": "manual"},
            "A client without a name",
            "Added by an admin",
        ),
        (
            {
                "name": "",
                "registration_source": "cimd",
                "client_id": "https://evil.example/c",
            },
            "evil.example",
            "Verified domain evil.example",
        ),
    ],
)
def test_client_is_named_with_how_it_is_known(client, name, known):
    asker = asker_of(OAuthClient(**client))
    assert (asker.name, str(asker.known)) == (name, known)


@pytest.mark.parametrize(
    ("redirect_uri", "host", "kind"),
    [
        ("https://claude.ai/cb", "claude.ai", "web"),
        ("https://localhost.evil.example/", "localhost.evil.example", "web"),
        ("http://localhost:3000/cb", "localhost", "loopback"),
        ("http://[::1]:3000/cb", "[::1]", "loopback"),
        ("cursor://claude.ai/cb", "cursor:", "app"),
    ],
)
def test_destination_is_its_host_alone(redirect_uri, host, kind):
    destination = destination_of(redirect_uri)
    assert (destination.host, destination.kind) == (host, kind)
    assert destination.local is (kind != "web")


def test_a_scope_opens_the_tools_that_need_it_and_no_lesser_ones():
    read = choice("mcp:read", offer("mcp:read", 5, resources=2))
    assert (read.count, read.resources, read.opens) == (5, 2, True)
    assert (read.first, read.further) == ("Tool 0, Tool 1, Tool 2", 2)
    write = choice("mcp:write", offer("mcp:read", 5, prompts=1))
    assert not write.opens and [words.title for words in write.includes] == ["Read"]


def test_prompts_open_prompts():
    assert choice("mcp:prompts", offer("mcp:read", 0, prompts=2)).prompts == 2


def test_long_lists_and_texts_are_cut():
    read = choice("mcp:read", offer("mcp:read", MOST_TOOLS + 7))
    assert (len(read.tools), read.unnamed, read.count) == (MOST_TOOLS, 7, MOST_TOOLS + 7)
    assert len(read.tools[0].description) == 160


def test_tool_whose_title_cannot_be_seen_goes_by_its_name():
    tools = (OfferedTool("wipe", "\u200b", "", "mcp:read"),)
    assert choice("mcp:read", Offer(tools)).first == "wipe"


@pytest.mark.parametrize(
    ("scope", "asked", "number", "unfolded"),
    [
        ("mcp:destructive", ["mcp:destructive"], MOST_UNFOLDED, True),
        ("mcp:destructive", ["mcp:destructive"], MOST_UNFOLDED + 1, False),
        ("mcp:destructive", ["mcp:read"], 1, False),
        ("mcp:write", ["mcp:write"], 1, False),
    ],
)
def test_what_destroys_is_listed_at_once_if_it_is_asked_for(scope, asked, number, unfolded):
    found = choice(scope, offer(scope, number), asked)
    assert found.unfolded is unfolded and found.danger is (scope == "mcp:destructive")


@pytest.mark.parametrize(
    ("asked", "held", "ticked"),
    [
        (["mcp:read"], [], {"mcp:read"}),
        (["mcp:write"], ["mcp:prompts"], {"mcp:read", "mcp:write", "mcp:prompts"}),
        (["mcp:read"], EVERY, {"mcp:read", "mcp:write", "mcp:prompts"}),
        (["mcp:destructive"], [], {"mcp:read", "mcp:write", "mcp:destructive"}),
    ],
)
def test_what_destroys_is_ticked_only_where_it_is_asked_for(asked, held, ticked):
    assert ticked_at_first(asked, held) == ticked
