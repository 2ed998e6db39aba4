"""The trail of the scene: a day of calls by a few people, some denied and some that went wrong."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from monitoring import audit
from monitoring.models import AuditEvent, TrailCheck

OUTCOMES = ("ok",) * 12 + ("denied", "denied", "error", "timeout", "failed", "cancelled")
TOOLS = ("search_invoices", "send_invoice", "book_room", "find_free_time", "answer_ticket")
NUMBER = 180


def made(people: dict[str, User]) -> dict[str, str]:
    """Make it, and verifications of it; return the keys that paths name."""
    chance, begin = random.Random(5), datetime.now(UTC) - timedelta(days=1)
    for person in people.values():
        audit.remember_person(person.public_id, person.username)
    for number in range(NUMBER):
        at = begin + timedelta(minutes=8 * number)
        outcome = chance.choice(OUTCOMES)
        audit.record(_event(chance, list(people.values())[:5], outcome, at))
    rounds = json.dumps({"call": "scene"})
    _round(people["three"], "input_required", rounds, kind="question")
    _round(people["three"], "ok", rounds)
    audit.flush()
    _checks()
    return {
        "trail_event": str(AuditEvent.objects.filter(data=rounds).latest("id").pk),
        "check_pk": str(TrailCheck.objects.get(problems=1).pk),
    }


def _event(chance: random.Random, people: list[User], outcome: str, at: datetime) -> audit.Event:
    denied = outcome == "denied"
    return audit.Event(
        "call",
        "tools/call",
        user=chance.choice(people).public_id,
        client="claimed",
        server="warehouse",
        entry=chance.choice(TOOLS),
        verdict="deny" if denied else "allow",
        reason="no_access" if denied else "",
        outcome=outcome,
        duration_us=chance.randrange(400, 90_000),
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
        at=at.timestamp(),
    )


def _round(person: User, outcome: str, data: str, **more: Any) -> None:
    values = {"kind": "call", "user": person.public_id, "server": "warehouse", "entry": "book_room"}
    event = audit.Event(**{**values, **more, "action": "tools/call", "verdict": "allow"})
    audit.record(event._replace(outcome=outcome, data=data, duration_us=12_000))


def _checks() -> None:
    now = datetime.now(UTC)
    for days, problems in ((3, 0), (2, 1), (1, 0)):
        begun = now - timedelta(days=days)
        TrailCheck.objects.create(
            begun_at=begun,
            ended_at=begun + timedelta(seconds=4),
            events=40_000 - 900 * days,
            problems=problems,
            detail="web-7f3a 512: changed" if problems else "",
        )
