"""Seals: what every chain's newest event was, so that a cut tail is seen.

A chain alone cannot show that its last events are gone. A seal names the newest event of each
living chain and is linked to the seal before. The newest seal carries the list of chains forward,
so making one costs a look-up by index for each living chain, however many events there are. Chains
of management commands, which end without a seal, are found by the changes they recorded.
"""

import json
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from monitoring.models import AuditEvent, AuditSeal

from .chain import Head, sign, signing_key
from .row import microseconds
from .store import strict_sync

INTERVAL = timedelta(seconds=10)
_IDLE = timedelta(hours=1)
"""A chain that has not moved for so long is left out: the seals before still hold it."""
_LATE = timedelta(minutes=1)
"""An event may be committed so long after its moment and still be new to the next seal."""
_CHANGES = 500
"""So many of the newest changes are looked at for chains that no seal knows."""
_LOCK = 0x6D637068
"""PostgreSQL advisory lock: one process makes a seal at a time."""

Heads = dict[str, tuple[int, str]]


def write_seal(own: Head, *, force: bool = False, pruned: Heads | None = None) -> bool:
    """Seal all living chains and `own`; False when nothing moved or a fresh seal will do.

    `force` is for the end of a process: it does not wait for the interval. `pruned` names the last
    event that was removed on purpose from each chain. Raises what the database raises.
    """
    with strict_sync(), transaction.atomic():
        _one_at_a_time()
        last = AuditSeal.objects.order_by("-id").first()
        known = read_heads(last.heads) if last else {}
        now = datetime.now(UTC)
        if last and own.chain in known and not force and now - last.at < INTERVAL:
            return False
        chains = {*known, own.chain, *_of_changes(last)}
        heads = _newest(chains, known, own, now)
        if not pruned and all(known.get(chain) == head for chain, head in heads.items()):
            return False
        _append(last, heads, pruned, now)
        return True


def read_heads(text: str | None) -> Heads:
    """Read a seal's map; what is not one reads as empty and fails the MAC anyway."""
    try:
        found = json.loads(text or "{}")
        return {str(chain): (int(seq), str(mac)) for chain, (seq, mac) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def seal_mac(seal: AuditSeal, secret: bytes) -> str:
    """Compute what a seal's MAC must be."""
    values = (seal.previous, str(microseconds(seal.at)), seal.heads, seal.pruned_below or "")
    return sign(secret, seal.previous, "\0".join((*values, seal.key_id)))


def _one_at_a_time() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _of_changes(last: AuditSeal | None) -> set[str]:
    """Find the chains of what changed since the last seal: a management command makes none itself."""
    changes = AuditEvent.objects.filter(kind="change").order_by("-id")
    recent = changes.values_list("chain", "at")[:_CHANGES]
    return {chain for chain, at in recent if last is None or at >= last.at - _LATE}


def _newest(chains: set[str], known: Heads, own: Head, now: datetime) -> Heads:
    """Look up where each chain stands; a head never goes back, so a cut tail stays named."""
    heads: Heads = {}
    for chain in chains:
        sealed = known.get(chain, (0, ""))
        events = AuditEvent.objects.filter(chain=chain).order_by("-seq")
        row = events.values_list("seq", "mac", "at").first()
        stored = (row[0], row[1]) if row else (0, "")
        living = row is not None and (stored != sealed or now - row[2] < _IDLE)
        if living or chain == own.chain:
            heads[chain] = max(sealed, stored, key=lambda head: head[0])
    return {chain: head for chain, head in heads.items() if head[0]}


def _append(last: AuditSeal | None, heads: Heads, pruned: Heads | None, now: datetime) -> None:
    key = signing_key()
    seal = AuditSeal(
        at=now,
        heads=json.dumps(heads, sort_keys=True),
        previous=last.mac if last else "",
        pruned_below=json.dumps(pruned, sort_keys=True) if pruned else None,
        key_id=key.id,
    )
    seal.mac = seal_mac(seal, key.secret)
    seal.save(force_insert=True)
