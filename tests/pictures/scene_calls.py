"""The calls of the scene: of each verdict and outcome, one of them recorded; and names that are masked."""

import json
import time
import uuid

from accounts.models import OAuthClient, User
from monitoring import audit
from monitoring.models import AuditEvent, RedactedName
from monitoring.recorded.keeping import Content, keep, write
from monitoring.recorded.masking import Given, mask_arguments, mask_result
from monitoring.recorded.names import Words

ENDINGS = (
    ("find_stock_1", "allow", "", "ok", 1_240),
    ("move_orders_2", "allow", "", "error", 48_310),
    ("delete_pallets_8", "deny", "denied_by_rule", "denied", 40),
    ("find_places_7", "allow", "", "timeout", 30_000_000),
    ("move_stock_5", "allow", "", "cancelled", 912_000),
    ("find_deliveries_4", "allow", "", "failed", 7_020),
    ("delete_stock_0", "deny", "insufficient_scope", "denied", 55),
    ("find_orders_16", "deny", "rate_limited", "denied", 12),
)
ARGUMENTS = {
    "article": "1408-B",
    "warehouses": ["Hamburg", "Rotterdam"],
    "login": {"user": "three", "password": "a secret"},
    "since": "2026-11-01",
}
RESULT = {
    "content": [
        {"type": "text", "text": "412 pieces in Hamburg, 96 in Rotterdam."},
        {"type": "image", "mimeType": "image/png", "data": "A" * 20_000},
    ],
    "structuredContent": {"stock": {"Hamburg": 412, "Rotterdam": 96}, "session_token": "abcdef"},
}


class _Hides:
    """Hides by the built-in words alone."""

    everything = False
    hide = Words().hide


def made(people: dict[str, User], clients: dict[str, OAuthClient]) -> dict[str, str]:
    """Make them, and return the keys of what pages name."""
    names = ("three", "many", "one")
    known = [str(clients[name].public_id) for name in ("verified", "claimed", "odd")]
    for name in names:
        audit.remember_person(people[name].public_id, name)
    for number in range(24):
        entry, verdict, reason, outcome, took = ENDINGS[number % len(ENDINGS)]
        server = "warehouse" if number % 5 else "x" * 60
        person = people[names[number % 3]].public_id if number % 7 else None
        audit.record(
            _event(server, entry, person, known[number % 3], verdict, reason, outcome, took)
        )
    _recorded(people["three"], known[0])
    audit.flush()
    write()
    for name in ("badgeno", "iban", "salary"):
        RedactedName.objects.create(name=name)
    recorded = AuditEvent.objects.filter(data__contains="content").order_by("-id")
    plain = AuditEvent.objects.filter(kind="call", data="", verdict="allow").order_by("-id")
    return {
        "event_recorded": str(recorded.values_list("pk", flat=True)[0]),
        "event_plain": str(plain.values_list("pk", flat=True)[0]),
        "masked_pk": str(RedactedName.objects.values_list("pk", flat=True)[0]),
    }


def _event(server, entry, person, client, verdict, reason, outcome, took, data="") -> audit.Event:  # type: ignore[no-untyped-def]
    return audit.Event(
        "call",
        "tools/call",
        user=person,
        client=client,
        server=server,
        entry=entry,
        verdict=verdict,
        reason=reason,
        outcome=outcome,
        duration_us=took,
        data=data,
    )


def _recorded(person: User, client: str) -> None:
    """A call whose server records everything."""
    given: Given = mask_arguments(ARGUMENTS, _Hides())
    said = mask_result(RESULT, _Hides(), given)
    content = Content(uuid.uuid4(), "warehouse", time.time(), 7, given.text, said)
    keep(content)
    data = json.dumps({"content": str(content.id)})
    audit.record(
        _event(
            "warehouse", "find_stock_1", person.public_id, client, "allow", "", "ok", 1_310, data
        )
    )
