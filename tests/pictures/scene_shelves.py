"""The shelves of the catalog: tools of every kind and state, used and never, under curators' words."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from catalog import services
from catalog.models import Entry
from monitoring.models import EntryUse
from servers.models import Server
from tests import make
from tests.pictures.scene_servers import LONG, RTL

TOOLS: tuple[tuple[str, str, dict[str, bool]], ...] = (
    ("find_invoice", "Find an invoice", {"readOnlyHint": True, "openWorldHint": False}),
    ("send_invoice", "Send an invoice", {"openWorldHint": True}),
    ("cancel_invoice", "Cancel an invoice", {"destructiveHint": True, "idempotentHint": True}),
    ("list_customers", "List customers", {"readOnlyHint": True, "idempotentHint": True}),
    ("merge_customers", "Merge two customers", {"destructiveHint": True}),
    ("export_bookings", "", {}),
    ("exchange_rate", "Exchange rate", {"readOnlyHint": True, "openWorldHint": True}),
    ("close_month_and_print_every_report_of_it", LONG, {"idempotentHint": True}),
    ("remind", RTL, {"openWorldHint": True}),
    ("old_export", "Export of last year", {"readOnlyHint": True}),
    ("draft_letter", "Draft a letter", {}),
)
PARAMETERS = {
    "number": {"type": "string", "description": "The number as it is printed, with its year."},
    "customer": {"type": "string", "description": "Number or name of the customer."},
    "since": {"type": "string", "format": "date"},
}
DESCRIPTION = """{} by its number, its customer or the day it was sent on.

Amounts are in cents. What is older than ten years is in the archive and is not found.
Call list_customers first if only a part of the customer's name is known."""
OWN_TITLE = "Find an invoice (finance)"
OWN_DESCRIPTION = """Looks an invoice up by number, customer or day.

Use it before send_invoice or cancel_invoice: they need its number."""


def made(servers: dict[str, Server]) -> dict[str, str]:
    """Make them, and return the keys of what pages name."""
    source = make.source("finance", team=make.team("Controlling"))
    rows = {name: _tool(source, name, title, hints) for name, title, hints in TOOLS}
    other = make.entry(make.source("archive"), "find_invoice", body=_body("find_invoice", "", {}))
    make.server("accounting", title="Accounting", entries=list(rows.values())[:9])
    make.server("reports", title="Reports", entries=[rows["find_invoice"], rows["exchange_rate"]])
    make.server("audit", title="Audit", entries=[rows["find_invoice"]], enabled=False)
    make.entry(source, "bookings", Entry.Kind.RESOURCE, body=_address("uri", "finance://bookings"))
    make.entry(
        source, "booking", Entry.Kind.TEMPLATE, body=_address("uriTemplate", "finance://b/{day}")
    )
    make.entry(source, "dunning_letter", Entry.Kind.PROMPT, body={"name": "dunning_letter"})
    _states(rows)
    for place, row in enumerate(Entry.objects.order_by("pk")):
        _used(row, place)
    return {
        "tool_pk": str(rows["cancel_invoice"].pk),
        "tool_words_pk": str(rows["find_invoice"].pk),
        "tool_alone_pk": str(rows["draft_letter"].pk),
        "tool_other_pk": str(other.pk),
        "accounting_pk": str(Server.objects.get(slug="accounting").pk),
    }


def _tool(source: Any, name: str, title: str, hints: dict[str, bool]) -> Entry:
    return make.entry(source, name, body=_body(name, title, hints))


def _body(name: str, title: str, hints: dict[str, bool]) -> dict[str, Any]:
    verb = title.partition(" ")[0] or "Works"
    return {
        "name": name,
        "description": DESCRIPTION.format(f"{verb}s what is asked for"),
        "inputSchema": {"type": "object", "properties": PARAMETERS},
        **({"title": title} if title else {}),
        **({"annotations": hints} if hints else {}),
    }


def _address(field: str, address: str) -> dict[str, Any]:
    return {"name": "bookings", "title": "Bookings of a day", field: address}


def _states(rows: dict[str, Entry]) -> None:
    """Let curators have been at it."""
    services.set_entry_words(
        actor=None,
        entry=rows["find_invoice"],
        title=OWN_TITLE,
        description=OWN_DESCRIPTION,
    )
    services.set_entry_enabled(actor=None, entry=rows["merge_customers"], enabled=False)
    services.set_entry_tags(actor=None, entry=rows["find_invoice"], tags=["finance", "daily"])
    services.set_entry_tags(actor=None, entry=rows["cancel_invoice"], tags=["finance", "careful"])
    Entry.objects.filter(pk=rows["old_export"].pk).update(state=Entry.State.MISSING)


def _used(row: Entry, place: int) -> None:
    """Give it a month of use; some have none."""
    if place % 6 == 5:
        return
    calls = (37 * (place + 3) ** 2) % 18_000
    EntryUse.objects.create(
        entry=row.public_id,
        calls=calls,
        errors=calls * (place % 5) // 70,
        p95_us=(place % 7 + 1) ** 4 * 900,
        last_used=timezone.now() - timedelta(hours=3 * place % 500),
    )
