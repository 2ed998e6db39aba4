"""The hub's own tools, where they stand on a server.

No row of the catalog is behind them. Whoever is let in to a server may use them, with leave to read;
what they find, describe and call is judged for each tool.
"""

import uuid
from dataclasses import dataclass
from typing import Any, Literal

from accounts.scopes import READ
from catalog.definitions import canonical, sha256
from catalog.policy.facts import Target
from servers.own_tools import BODIES
from servers.published import OWN, Defined, PublishedEntry, PublishedServer


def _defined(body: dict[str, Any]) -> Defined:
    """Return a definition that needs leave to read: what call_tool needs is the called tool's."""
    return Defined(sha256(canonical(body)), sha256(canonical(body)), "tool", body, READ)


DEFINED = tuple(_defined(body) for body in BODIES)


@dataclass(frozen=True, slots=True, eq=False)
class OwnTool(PublishedEntry):
    """One of the three on one server."""

    server: PublishedServer


def own_tools(server: PublishedServer) -> dict[str, PublishedEntry]:
    """Return the three tools of a server, by name."""
    return {
        defined.body["name"]: _on(server, place, defined) for place, defined in enumerate(DEFINED)
    }


def _on(server: PublishedServer, place: int, defined: Defined) -> OwnTool:
    name = defined.body["name"]
    visibility: Literal["public", "team"] = "public" if server.public else "team"
    target = Target(name=name, visibility=visibility, team=server.team)
    public_id = uuid.uuid5(server.public_id, name)
    return OwnTool("tool", name, place, OWN, "", name, False, target, defined, public_id, server)
