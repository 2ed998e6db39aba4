"""The one consistent read a snapshot is built from."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection, transaction

from catalog.models import CatalogVersion, Definition, Entry
from catalog.policy.facts import Rule
from servers.models import AccessRule, AllowedOrigin, Server, ServerEntry
from servers.snapshot import EntryRow, Rows, ServerRow

_BODIES_A_QUERY = 500
_MISSING = Entry.State.MISSING.value


def read_number() -> int:
    """Return the catalog's version."""
    return CatalogVersion.objects.values_list("number", flat=True).first() or 0


def read_rows(known: Iterable[str]) -> Rows:
    """Return everything that is served; bodies only of definitions not in `known`."""
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone and connection.vendor == "postgresql":
            _fix_view()
        entries = _entry_rows()
        return Rows(
            number=read_number(),
            servers=_server_rows(),
            entries=entries,
            bodies=_bodies({row.sha256 for row in entries} - set(known)),
            origins=frozenset(AllowedOrigin.objects.values_list("origin", flat=True)),
        )


def _fix_view() -> None:
    """Let all queries of this transaction see the same moment (SQLite's always do)."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _server_rows() -> list[ServerRow]:
    """Return the enabled servers with their rules."""
    rules: dict[int, list[Rule]] = defaultdict(list)
    for rule in AccessRule.objects.select_related("tag").order_by("id"):
        tag = rule.tag.name if rule.tag else None
        rules[rule.server_id].append(
            Rule(rule.pk, rule.effect, rule.user_id, rule.team_id, rule.pattern, tag)
        )
    return [
        ServerRow(
            server.pk, server.public_id, server.slug, server.title, server.description,
            server.instructions, server.visibility, server.team_id,
            str(server.team.public_id) if server.team else "", tuple(rules[server.pk]),
        )
        for server in Server.objects.filter(enabled=True).select_related("team")
    ]


def _entry_rows() -> list[EntryRow]:
    """Return the published entries of enabled servers that have a definition."""
    tags = _tags()
    rows = ServerEntry.objects.filter(server__enabled=True, entry__current__isnull=False)
    return [
        EntryRow(*row[:7], tags.get(row[7], frozenset()), *row[8:11], row[11] == _MISSING, row[12])
        for row in rows.values_list(
            "server_id", "kind", "exposed_name", "position", "entry__source__kind",
            "entry__source__key", "entry__name", "entry_id", "entry__current__definition_id",
            "entry__durable", "entry__enabled", "entry__state", "entry__source__enabled",
        )
    ]


def _tags() -> dict[int, frozenset[str]]:
    """Return the tags of each entry that has any."""
    found: dict[int, set[str]] = defaultdict(set)
    through = Entry.tags.through.objects.values_list("entry_id", "tag__name")
    for entry, tag in through:
        found[entry].add(tag)
    return {entry: frozenset(names) for entry, names in found.items()}


def _bodies(wanted: set[str]) -> dict[str, str]:
    """Return the texts of definitions, some hundred a query."""
    names = sorted(wanted)
    found: dict[str, str] = {}
    for start in range(0, len(names), _BODIES_A_QUERY):
        some = names[start : start + _BODIES_A_QUERY]
        found.update(Definition.objects.filter(pk__in=some).values_list("sha256", "body"))
    return found
