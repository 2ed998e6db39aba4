"""The one consistent read a snapshot is built from."""

from collections.abc import Collection
from typing import Literal, cast

from django.db import connection, transaction

from catalog.models import Definition, Entry
from catalog.overlay import Words
from catalog.policy.stops import Key, Kind, Stop, Stops
from catalog.selectors import catalog_number
from servers.facts import rules_by_server, tags_by_entry
from servers.models import AccessRule, AllowedOrigin, Server, ServerEntry
from servers.models import Stop as StopRow
from servers.published import Listing, Recording
from servers.snapshot import EntryRow, Rows, ServerRow

Visibility = Literal["public", "team"]
_ATTEMPTS = 20
_BODIES_A_QUERY = 500
_MISSING = Entry.State.MISSING.value


def read_rows(known: Collection[str]) -> Rows:
    """Return everything that is served; bodies only of definitions whose key is not in `known`."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with transaction.atomic():
            _fix_view()
            return _read(known)
    return _read_undisturbed(known)


def _fix_view() -> None:
    """Let all queries of this transaction see the same moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _read_undisturbed(known: Collection[str]) -> Rows:
    """Read, again if the catalog changed meanwhile: on SQLite a transaction would wait for writers."""
    for _attempt in range(_ATTEMPTS):
        rows = _read(known)
        if catalog_number() == rows.number:
            break
    return rows


def _read(known: Collection[str]) -> Rows:
    """Read, the number first: what changes later has a higher one."""
    number, entries = catalog_number(), _entry_rows()
    return Rows(
        number=number,
        servers=_server_rows(),
        entries=entries,
        bodies=_bodies({row.sha256 for row in entries if row.key not in known}),
        origins=frozenset(AllowedOrigin.objects.values_list("origin", flat=True)),
        stops=read_stops(),
    )


def read_stops() -> Stops:
    """Return what is stopped, by the keys that calls are about."""
    facts = ("server__public_id", "source__kind", "source__key", "entry__public_id", "user_id")
    rows = StopRow.objects.order_by().values_list("kind", "reason", *facts, "client__public_id")
    found: dict[tuple[Kind, Key], Stop] = {}
    for kind, reason, server, source, key, entry, user, client in rows:
        keys: dict[str, Key] = {
            "server": server,
            "source": (source, key),
            "entry": entry,
            "user": user,
            "client": str(client),
        }
        found[kind, keys.get(kind)] = Stop(kind, reason)
    return found


def _server_rows() -> list[ServerRow]:
    """Return the enabled servers with their rules."""
    rules = rules_by_server(AccessRule.objects.all())
    return [
        ServerRow(
            server.pk,
            server.public_id,
            server.slug,
            server.title,
            server.instructions,
            cast(Visibility, server.visibility),
            server.team_id,
            str(server.team.public_id) if server.team else "",
            tuple(rules[server.pk]),
            server.calls_per_minute,
            server.burst,
            cast(Listing, server.listing),
            cast(Recording, server.recording),
            server.keep_days,
        )
        for server in Server.objects.filter(enabled=True).select_related("team")
    ]


def _entry_rows() -> list[EntryRow]:
    """Return the published entries of enabled servers that have a definition."""
    rows = ServerEntry.objects.filter(server__enabled=True, entry__current__isnull=False)
    tags = tags_by_entry(rows)
    return [
        EntryRow(
            *row[:7],
            tags.get(row[7], frozenset()),
            *row[8:11],
            row[11] == _MISSING,
            *row[12:14],
            Words(*row[14:]),
        )
        for row in rows.values_list(
            "server_id",
            "kind",
            "exposed_name",
            "position",
            "entry__source__kind",
            "entry__source__key",
            "entry__name",
            "entry_id",
            "entry__current__definition_id",
            "entry__durable",
            "entry__enabled",
            "entry__state",
            "entry__source__enabled",
            "entry__public_id",
            "entry__own_title",
            "entry__own_description",
            "entry__runs",
        )
    ]


def _bodies(wanted: set[str]) -> dict[str, str]:
    """Return the texts of definitions, some hundred a query."""
    names = sorted(wanted)
    found: dict[str, str] = {}
    for start in range(0, len(names), _BODIES_A_QUERY):
        some = names[start : start + _BODIES_A_QUERY]
        found.update(Definition.objects.filter(pk__in=some).values_list("sha256", "body"))
    return found
