"""What searches and describes a server's tools, for one caller: what they may not use is not there."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

from servers.capabilities.base import DEFAULT_SECONDS, BadArguments, Completing, Entry, Work
from servers.finding.indexing import title_of
from servers.finding.tools import OwnTool
from servers.own_tools import CALL, DESCRIBE, SEARCH, USUAL
from servers.protocol.jsonrpc import encode
from servers.protocol.listing import first_line
from servers.protocol.outcome import Completions, Outcome, ToolOutcome, failed
from servers.published import Access, PublishedEntry, PublishedServer

MANY = 500
"""Tools that are judged for a group of callers for the first time in a thread."""
LONGEST_LINE = 300
"""Characters that a search tells of a description."""
NOTHING = "No tool fits. Try other words, or an empty query for the first tools there are."


def unknown(name: str) -> ToolOutcome:
    """Return the answer for a tool that is not there, as far as this caller is concerned."""
    return failed(f"Unknown tool: {name[:128]}. Find tools with {SEARCH}.")


class OwnTools:
    """Calls the hub's own tools; an entry is one of them on one server."""

    def prepare(self, entry: Entry) -> "Own":
        """Return what calls the tool."""
        return Own(cast(OwnTool, entry))


class Own:
    """One of the hub's own tools, ready to be called."""

    seconds = job_seconds = DEFAULT_SECONDS

    def __init__(self, entry: OwnTool) -> None:
        self._entry = entry

    async def call(self, work: Work) -> Outcome:
        """Search or describe; raises BadArguments for a call_tool that names nothing to call."""
        server, name = self._entry.server, self._entry.name
        access = server.access_of(work.caller)
        many = len(server.entries["tool"]) > MANY
        if name == SEARCH and many and not access.judged("tool"):
            await asyncio.to_thread(access.usable, "tool")
        return _ACTS[name](server, access, work)

    async def complete(self, completing: Completing) -> Completions:
        """Raise BadArguments: tools have no completions."""
        raise BadArguments(f"no argument {completing.argument[:64]!r}")


def _search(server: PublishedServer, access: Access, work: Work) -> Outcome:
    query, limit = work.arguments["query"].strip(), int(work.arguments.get("limit", USUAL))
    found = [_line(tool) for tool in _found(server, access, query, limit)]
    content = [_json_text({"tools": found}), *([] if found else [_text(NOTHING)])]
    return ToolOutcome(content, {"tools": found})


def _found(server: PublishedServer, access: Access, query: str, limit: int) -> list[PublishedEntry]:
    """Return the tools that fit, the one of this very name first; of no query the first ones."""
    if not query or server.index is None:
        return list(access.visible("tool")[:limit])
    tools = server.ordered("tool")
    named = server.entries["tool"].get(query)
    first = [named] if named is not None and access.verdict(named).allowed else []
    others = [tools[number] for number in server.index.search(query, access.usable("tool"), limit)]
    return [*first, *(tool for tool in others if tool is not named)][:limit]


def _line(tool: PublishedEntry) -> dict[str, str]:
    """Return what a search tells of a tool."""
    body = tool.defined.body
    told = {
        "name": tool.exposed_name,
        "title": title_of(body),
        "description": first_line(str(body.get("description", "")))[:LONGEST_LINE],
    }
    return {key: text for key, text in told.items() if text}


def _describe(server: PublishedServer, access: Access, work: Work) -> Outcome:
    name = work.arguments["name"]
    tool = server.entries["tool"].get(name)
    if tool is None or not access.verdict(tool).allowed:
        return unknown(name)
    blob = tool.defined.shaped(name, work.exchange.revision)
    return ToolOutcome([_text(blob.decode())], json.loads(blob))


def _call(_server: PublishedServer, _access: Access, _work: Work) -> Outcome:
    """Refuse: a call_tool that names a tool never comes here, it is the call of that tool."""
    raise BadArguments("the name of a tool is missing")


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _json_text(value: Any) -> dict[str, Any]:
    return _text(encode(value).decode())


_ACTS: dict[str, Callable[[PublishedServer, Access, Work], Outcome]] = {
    SEARCH: _search,
    DESCRIBE: _describe,
    CALL: _call,
}
