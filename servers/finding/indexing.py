"""By which words a tool is found, and the index over a server's tools.

Built with the snapshot, off the event loop. What a definition says is read once for as long as it is
served anywhere; an index stands for as long as the server's tools keep their names, words and tags.
"""

from collections.abc import Iterator
from typing import Any

from servers.published import Defined, PublishedEntry, PublishedServer
from servers.search.index import Index
from servers.search.words import weighed

NAME, TITLE, TAG, PARAMETER, DESCRIPTION = 4.0, 3.0, 2.0, 1.0, 1.0
"""What a word weighs, by where it stands."""
MOST_PARAMETERS = 50


def index_of(server: PublishedServer, last: PublishedServer | None) -> Index:
    """Return the index of a server's tools; the last snapshot's if it would be the same."""
    if last is not None and last.index is not None and _facts(last) == _facts(server):
        return last.index
    return Index(map(_words, server.ordered("tool")))


def _facts(server: PublishedServer) -> list[tuple[str, str, frozenset[str]]]:
    """Return what an index is made from."""
    tools = server.ordered("tool")
    return [(tool.exposed_name, tool.defined.key, tool.target.tags) for tool in tools]


def _words(tool: PublishedEntry) -> dict[str, float]:
    """Return the words a tool is found by."""
    tags = ((tag, TAG) for tag in sorted(tool.target.tags))
    words = weighed([(tool.exposed_name, NAME), *tags])
    for word, weight in _defined_words(tool.defined):
        words[word] = words.get(word, 0.0) + weight
    return words


def _defined_words(defined: Defined) -> tuple[tuple[str, float], ...]:
    """Return the words of a definition, read once."""
    if defined.words is None:
        defined.words = tuple(weighed(_texts(defined.body)).items())
    return defined.words


def title_of(body: dict[str, Any]) -> str:
    """Return a tool's title, wherever its definition has it; empty if nowhere."""
    return str(body.get("title") or body.get("annotations", {}).get("title") or "")


def _texts(body: dict[str, Any]) -> Iterator[tuple[str, float]]:
    yield title_of(body), TITLE
    properties = body.get("inputSchema", {}).get("properties", {})
    for name in list(properties)[:MOST_PARAMETERS] if isinstance(properties, dict) else ():
        yield name, PARAMETER
    yield str(body.get("description", "")), DESCRIPTION
