"""Rows by the ten thousand: what a large organisation's hub holds after some months.

Rows are made as the models are, not through services, which would take hours. A hub that is started on
such a database leaves its sources alone: they stand as retired, since their files are nowhere.
"""

import hashlib
import json
import random
from dataclasses import dataclass

from django.db import connection

from accounts.models import Membership, Team, User
from catalog.models import Definition, Entry, EntryVersion, Source, Tag
from catalog.services.retiring import GONE
from monitoring.models import AuditPerson
from servers.models import AccessRule, Server, ServerEntry
from tests.scale import access, usage

SOURCES, SERVERS, TEAMS, TAGS = 50, 40, 60, 40
SHARE = 80
"""Entries on each server but the first, which has all."""
OTHERS_IN = 33
"""One resource, template or prompt on so many tools."""
WAITS = 20
"""Of so many entries, one has a change that waits."""
KINDS = {0: Entry.Kind.RESOURCE, 1: Entry.Kind.TEMPLATE, 2: Entry.Kind.PROMPT}
"""Beside the tools, of each hundred: what else a source offers."""
ADDRESSED = (Entry.Kind.RESOURCE, Entry.Kind.TEMPLATE)
WORDS = ("invoice", "customer", "order", "ticket", "report", "calendar", "document", "payment")
VERBS = ("get", "list", "create", "update", "delete", "search", "export", "approve")
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to be."""

    tools: int
    people: int
    events: int


LARGE, LAPTOP = Size(10_000, 1_000, 1_000_000), Size(2_000, 1_000, 100_000)


def fill(size: Size) -> None:
    """Fill an empty, migrated database."""
    chance = random.Random(7)
    people, teams = _people(size, chance)
    entries = _entries(size, teams)
    servers = _servers(entries, teams, chance)
    _waiting(entries)
    clients = access.fill(people, teams, servers, entries, chance)
    usage.fill(entries, servers, chance)
    usage.trail(size.events, people, clients, servers, entries)
    with connection.cursor() as cursor:
        # Let the planner know what is there, as it would by then.
        cursor.execute("ANALYZE")


def _people(size: Size, chance: random.Random) -> tuple[list[User], list[Team]]:
    people = User.objects.bulk_create(
        [
            User(username=f"person{number:04}", is_active=number % 20 != 0)
            for number in range(size.people)
        ],
        batch_size=BATCH,
    )
    teams = Team.objects.bulk_create([Team(name=f"Team {number:02}") for number in range(TEAMS)])
    roles = [role for role, _ in Membership.Role.choices]
    Membership.objects.bulk_create(
        [
            Membership(team=team, user=person, role=roles[person.pk % 12 % len(roles)])
            for person in people
            for team in chance.sample(teams, 2)
        ],
        batch_size=BATCH,
    )
    AuditPerson.objects.bulk_create(
        [AuditPerson(id=person.public_id, label=person.username) for person in people],
        batch_size=BATCH,
    )
    return people, teams


def _entries(size: Size, teams: list[Team]) -> list[Entry]:
    """Make tools and a little of the other kinds, each with a definition and two tags."""
    sources = Source.objects.bulk_create(
        [
            Source(
                key=f"scale/{number}.py",
                name=f"source{number:02}",
                team=teams[number],
                problem=GONE,
                changes=("trust", "review")[number % 2],
            )
            for number in range(SOURCES)
        ]
    )
    rows = [
        Entry(
            source=sources[number % SOURCES],
            kind=KINDS.get(number % 100, Entry.Kind.TOOL),
            name=f"{VERBS[number % 8]}_{WORDS[number // 8 % 8]}_{number}",
            own_title="In a curator's words" if number % 90 == 0 else "",
        )
        for number in range(size.tools + size.tools // OTHERS_IN)
    ]
    entries = Entry.objects.bulk_create(rows, batch_size=BATCH)
    versions = _versions(entries, 1, "approved")
    for row, version in zip(entries, versions, strict=True):
        row.current = version
    Entry.objects.bulk_update(entries, ["current"], batch_size=BATCH)
    tags = Tag.objects.bulk_create([Tag(name=f"tag-{number:02}") for number in range(TAGS)])
    Entry.tags.through.objects.bulk_create(
        [
            Entry.tags.through(entry_id=row.pk, tag_id=tags[(row.pk + more) % TAGS].pk)
            for row in entries
            for more in (0, 7)
        ],
        batch_size=BATCH,
    )
    return entries


def _waiting(entries: list[Entry]) -> None:
    """Make changes that wait, of the entries whose source is under review."""
    some = [row for row in entries[::WAITS] if row.source.changes == Source.Changes.REVIEW]
    odd = [row for row in entries[1::WAITS] if row.source.changes == Source.Changes.REVIEW]
    _versions([*some, *odd], 2, EntryVersion.State.WAITING)


def _versions(entries: list[Entry], number: int, state: str) -> list[EntryVersion]:
    bodies = {row.pk: _body(row, number) for row in entries}
    hashes = {pk: hashlib.sha256(body.encode()).hexdigest() for pk, body in bodies.items()}
    Definition.objects.bulk_create(
        [Definition(sha256=hashes[pk], body=body) for pk, body in bodies.items()], batch_size=BATCH
    )
    return EntryVersion.objects.bulk_create(
        [
            EntryVersion(entry=row, number=number, definition_id=hashes[row.pk], state=state)
            for row in entries
        ],
        batch_size=BATCH,
    )


def _body(row: Entry, number: int) -> str:
    """Return a definition of about the size that real ones have."""
    words = row.name.replace("_", " ")
    properties = {
        name: {"type": "string", "description": f"The {name} of the {words}, as the source has it."}
        for name in ("id", "filter", "sort", "comment")
    }
    body = {
        "name": row.name,
        "title": words.capitalize(),
        "description": f"Can {words}. Use it when somebody asks for the {words} of an account."
        + " It asks first." * (number - 1),
        "inputSchema": {"type": "object", "properties": properties, "required": ["id"]},
        "annotations": {"readOnlyHint": row.name.startswith(("get", "list", "search"))},
    }
    if row.kind in ADDRESSED:
        body["uri" if row.kind == Entry.Kind.RESOURCE else "uriTemplate"] = f"scale://{row.name}"
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def _servers(entries: list[Entry], teams: list[Team], chance: random.Random) -> list[Server]:
    """Make one server with everything, which is searched, and many with some of it, with rules."""
    servers = Server.objects.bulk_create(
        [
            Server(
                slug=f"server-{number:02}",
                title=f"Server {number:02}",
                team=teams[number],
                listing=("search", "full", "slim")[number % 3],
                discoverable=number % 4 == 0,
            )
            for number in range(SERVERS)
        ]
    )
    chosen = {server.pk: chance.sample(entries, SHARE) for server in servers[1:]}
    chosen[servers[0].pk] = entries
    ServerEntry.objects.bulk_create(
        [
            ServerEntry(
                server_id=key,
                entry=row,
                kind=row.kind,
                exposed_name=f"scale://{row.name}" if row.kind in ADDRESSED else row.name,
                position=place,
            )
            for key, rows in chosen.items()
            for place, row in enumerate(rows)
        ],
        batch_size=BATCH,
    )
    AccessRule.objects.bulk_create(
        [
            AccessRule(server=server, team=team, effect=effect, pattern=pattern)
            for server in servers
            for team in chance.sample(teams, 3)
            for effect, pattern in (("allow", "*"), ("deny", "delete_*"))
        ],
        batch_size=BATCH,
    )
    return servers
