"""About how many tokens a model spends on a server's list of tools; a guess, and said to be one.

What a definition costs never changes, so each is measured once a process; asking again reads names only.
"""

import heapq
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models.functions import Length

from catalog.definitions import token_estimate, tokens_in
from catalog.models import Definition, Entry
from catalog.overlay import Words, key, overlaid
from servers.models import Server
from servers.own_tools import BODIES
from servers.protocol.listing import slim
from servers.selectors import served

FULL, SLIM, SEARCH = Server.Listing.FULL, Server.Listing.SLIM, Server.Listing.SEARCH
MOST_KNOWN = 50_000
"""Definitions whose cost is remembered."""
A_QUERY = 500

_known: dict[tuple[str, str], int] = {}


class _Row(NamedTuple):
    server: int
    published: int
    name: str
    sha256: str
    title: str
    description: str

    @property
    def words(self) -> Words:
        """A curator's words over it."""
        return Words(self.title, self.description)

    @property
    def key(self) -> str:
        """What names the definition as clients see it."""
        return key(self.sha256, self.words)


@dataclass(frozen=True, slots=True)
class ToolCost:
    """What one tool on a server costs, listed in one way."""

    published: int
    name: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Spending:
    """What a server's list costs in each way, beside its budget; `dearest` in the way it is listed."""

    listing: str
    by_listing: dict[str, int]
    budget: int | None
    tools: int
    dearest: tuple[ToolCost, ...]

    @property
    def cost(self) -> int:
        """What the list costs as it is listed."""
        return self.by_listing[self.listing]

    @property
    def over(self) -> int:
        """How many tokens the list is over the budget; 0 within it, or without one."""
        return max(0, self.cost - self.budget) if self.budget else 0

    @property
    def cheaper(self) -> list[tuple[str, int]]:
        """The ways that would cost less, and how much each would."""
        ways = ((way, self.by_listing[way]) for way in (SLIM, SEARCH))
        return [(way.label, cost) for way, cost in ways if cost < self.cost]


def list_cost(server: Server, listing: str = "") -> int:
    """Return about what the server's tools/list costs, as it is listed or in another way."""
    return costs_of([server], listing)[server.pk]


def costs_of(servers: Iterable[Server], listing: str = "") -> dict[int, int]:
    """Return that of several servers by their keys, in the same few queries."""
    ways = {server.pk: listing or server.listing for server in servers}
    found = {pk: SEARCH_COST if way == SEARCH else 0 for pk, way in ways.items()}
    rows = _rows([pk for pk, way in ways.items() if way != SEARCH])
    for way in (FULL, SLIM):
        some = [row for row in rows if ways[row.server] == way]
        tokens = _measured(way, some)
        for row in some:
            found[row.server] += tokens[row.key]
    return found


def spending(server: Server, *, most: int = 10) -> Spending:
    """Return what a server's list costs in each way, and its dearest tools."""
    rows = _rows([server.pk])
    by_way = {way.value: _measured(way, rows) for way in (FULL, SLIM)}
    sums = {way: sum(tokens[row.key] for row in rows) for way, tokens in by_way.items()}
    shown = by_way[SLIM if server.listing == SLIM else FULL]
    dearest = heapq.nsmallest(most, rows, key=lambda row: (-shown[row.key], row.name))
    return Spending(
        server.listing,
        {**sums, SEARCH.value: SEARCH_COST},
        server.token_budget,
        len(rows),
        tuple(ToolCost(row.published, row.name, shown[row.key]) for row in dearest),
    )


def _rows(servers: list[int]) -> list[_Row]:
    """Return the tools served on these servers, without their definitions."""
    rows = served().filter(server__in=servers, kind=Entry.Kind.TOOL).order_by()
    facts = ("server_id", "pk", "exposed_name", "entry__current__definition_id")
    own = ("entry__own_title", "entry__own_description")
    return [_Row(*row) for row in rows.values_list(*facts, *own)] if servers else []


def _measured(way: str, rows: Iterable[_Row]) -> Mapping[str, int]:
    """Return what the definitions of these rows cost in this way, by their keys."""
    by_key = {row.key: row for row in rows}
    known = {name: _known.get((way, name)) for name in by_key}
    unknown = [by_key[name] for name, tokens in known.items() if tokens is None]
    fresh: dict[str, int] = {}
    for start in range(0, len(unknown), A_QUERY):
        some = unknown[start : start + A_QUERY]
        bare = [row for row in some if way == FULL and row.key == row.sha256]
        fresh |= {sha256: tokens_in(n) for sha256, n in _lengths(bare)}
        fresh |= _read(way, [row for row in some if row.key not in fresh])
    if len(_known) + len(fresh) > MOST_KNOWN:
        _known.clear()
    _known.update({(way, name): tokens for name, tokens in fresh.items()})
    return {name: fresh.get(name, tokens or 0) for name, tokens in known.items()}


def _lengths(rows: list[_Row]) -> Iterable[tuple[str, int]]:
    """Return how long definitions are, whose texts need not be read."""
    if not rows:
        return ()
    found = Definition.objects.filter(pk__in={row.sha256 for row in rows})
    return found.values_list("sha256", Length("body"))


def _read(way: str, rows: list[_Row]) -> dict[str, int]:
    """Return what definitions cost whose texts must be read."""
    bodies = _bodies({row.sha256 for row in rows}) if rows else {}
    shown = {
        row.key: SHOWN[way](overlaid(json.loads(bodies[row.sha256]), row.words)) for row in rows
    }
    return {name: _tokens(body) for name, body in shown.items()}


def _tokens(shown: Mapping[str, Any]) -> int:
    return token_estimate(json.dumps(shown, separators=(",", ":"), ensure_ascii=False))


def _bodies(names: set[str]) -> dict[str, str]:
    return dict(Definition.objects.filter(pk__in=names).values_list("sha256", "body"))


SHOWN: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {FULL: dict, SLIM: slim}
SEARCH_COST = sum(_tokens(body) for body in BODIES)
"""The three tools that stand for all others; they are the same on every server."""
