"""A server of the scene with a hundred tools, over its budget, with rules and clients that called."""

import time
from typing import Any

from accounts.models import OAuthClient, User
from catalog.models import Entry, Source, Tag
from monitoring import audit
from servers import services
from servers.models import Server
from tests import make
from tests.pictures.scene_servers import DELETES, LONG, READS

VERBS = (("find", READS), ("answer", {}), ("refund", {}), ("delete", DELETES))
THINGS = ("ticket", "order", "customer", "invoice", "parcel", "voucher", "contract", "complaint")
WORDS = "Takes a number, and what else is known of it. Says what became of it, and since when."

LINES = f"{WORDS}\n" + "For models: ask for the number before you guess one. " * 5


def made(people: dict[str, User], clients: dict[str, OAuthClient]) -> dict[str, str]:
    """Make it, and an empty one; return the keys that paths name."""
    whole = make.source("help desk")
    for number in range(96):
        _tool(whole, number)
    single = make.source("wiki")
    for name in ("search_the_wiki", "read_page", "list_changes"):
        make.entry(single, name, body={"name": name, "annotations": READS, "description": WORDS})
    desk = _desk(people, whole, single)
    for name, minutes in (("claimed", 0), ("verified", 190), ("added", 3000)):
        make.consent(people["three"], clients[name], desk)
        _called(desk, str(clients[name].public_id), people["three"], minutes)
    make.consent(people["three"], clients["app"], desk)
    audit.flush()
    bare = make.server("bare", title="Travel desk", description="Books trips.")
    return {
        "desk_pk": str(desk.pk),
        "bare_pk": str(bare.pk),
        "desk_source": str(desk.sources.get().pk),
        "desk_source_id": str(whole.public_id),
    }


def _tool(source: Source, number: int) -> Entry:
    verb, hints = VERBS[number % 4]
    name = f"{verb}_{THINGS[number // 4 % 8]}_{number // 32 + 1}"
    properties = {field: {"type": "string", "description": WORDS} for field in ("number", "since")}
    schema = {"type": "object", "properties": properties, "required": ["number"]}
    body = {"name": name, "annotations": hints, "inputSchema": schema, "description": LINES}
    return make.entry(source, name, body=body, enabled=number != 7)


def _desk(people: dict[str, User], whole: Source, single: Source) -> Server:
    team = make.team("Support")
    for name in ("three", "thirty", "many"):
        make.member(team, people[name])
    desk = make.server(
        "desk",
        title="Help desk",
        description="Tickets, orders and refunds, for everybody who answers customers.",
        team=team,
        token_budget=6000,
    )
    for entry in single.entries.filter(name__in=("search_the_wiki", "read_page")):
        services.publish_entry(actor=None, server=desk, entry=entry)
    services.publish_source(actor=None, server=desk, source=whole)
    money = Tag.objects.create(name="money")
    rules: tuple[dict[str, Any], ...] = (
        {"user": people["one"], "effect": "allow", "note": "Covers for Mary until June"},
        {"team": make.team("Warehouse staff"), "effect": "allow", "pattern": "find_*"},
        {"effect": "deny", "pattern": "delete_*", "note": LONG},
        {"team": team, "effect": "deny", "tag": money},
    )
    for rule in rules:
        make.rule(desk, **rule)
    return desk


def _called(server: Server, client: str, user: User, minutes: int) -> None:
    """A call of a client so many minutes ago."""
    audit.record(
        audit.Event(
            "call",
            "tools/call",
            user.public_id,
            client,
            server=server.slug,
            entry="read_page",
            verdict="allow",
            outcome="ok",
            at=time.time() - 60 * minutes,
        )
    )
