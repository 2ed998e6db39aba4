"""Letting go of old events on purpose: what is left still verifies, and says that something was pruned.

A chain loses its beginning, never its middle. Each piece is removed together with a seal that names the
last event removed, in one transaction: whatever interrupts it, the trail holds together.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Min

from monitoring.models import AuditEvent

from .chain import Head, new_chain
from .changes import record_change
from .seals import write_seal

PIECE = 20_000
"""Events that one transaction removes: writers wait no longer than that takes."""


def prunable(before: datetime) -> int:
    """Count the events that prune() would remove."""
    return sum(
        AuditEvent.objects.filter(chain=chain, seq__lt=end).count() for chain, end in _ends(before)
    )


def prune(before: datetime) -> int:
    """Remove the events from before that moment, and record that; return how many there were.

    An event stays if one before it in its chain has to. The caller has verified the trail first: what is
    wrong with it would be gone with the events.
    """
    own, removed = new_chain(), 0
    for chain, end in list(_ends(before)):
        while piece := _remove(own, chain, end):
            removed += piece
    if removed:
        record_change(
            actor=None,
            actor_label="",
            action="trail.prune",
            before=None,
            after={"from before": f"{before:%Y-%m-%d %H:%M:%S}Z", "events": removed},
        )
    return removed


def _ends(before: datetime) -> Iterator[tuple[str, int]]:
    """Yield each chain that loses something, and the number of its first event that stays."""
    events = AuditEvent.objects.order_by()
    first = dict(events.values_list("chain").annotate(first=Min("seq")))
    staying = events.filter(at__gte=before).values_list("chain").annotate(first=Min("seq"))
    stays = dict(staying)
    for chain, begin in sorted(first.items()):
        end = stays.get(chain)
        if end is None:
            end = events.filter(chain=chain).order_by("-seq").values_list("seq", flat=True)[0] + 1
        if begin < end:
            yield chain, end


@transaction.atomic
def _remove(own: Head, chain: str, end: int) -> int:
    """Remove a piece from the beginning of a chain, and seal that; return how many events it was."""
    rows = AuditEvent.objects.filter(chain=chain, seq__lt=end).order_by("seq")
    piece = list(rows.values_list("seq", "mac")[:PIECE])
    if not piece:
        return 0
    write_seal(own, force=True, pruned={chain: piece[-1]})
    AuditEvent.objects.filter(chain=chain, seq__lte=piece[-1][0]).delete()
    return len(piece)
