"""Does the stored trail hold together? Streams over it once, in bounded memory.

Finds an event that was changed, removed or swapped, a tail cut off below what a seal names, and a
broken seal. What nobody can find from inside is a tail cut off together with the seals about it:
for that, keep the newest seal's MAC elsewhere and give it as `anchor`.
"""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from monitoring.models import AuditEvent, AuditSeal

from .chain import known_keys, sign
from .row import Row, canonical, stored
from .seals import Heads, read_heads, seal_mac
from .store import COLUMNS

PROBLEM_LIMIT = 100
UNREADABLE = (ValueError, TypeError, AttributeError)
"""What a value of a kind that the hub never stored makes of reading or encoding it."""
_CHUNK = 2_000
_EXPLAINED = 10
"""So many findings are looked into, at the price of reading their chain once more each."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where the trail does not hold; chain "seal" counts by the seal's id."""

    chain: str
    seq: int
    why: str


@dataclass(slots=True)
class Report:
    """What a verification counted and found, at most PROBLEM_LIMIT problems."""

    events: int = 0
    chains: int = 0
    seals: int = 0
    anchor: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether everything held."""
        return not self.problems

    def blame(self, chain: str, seq: int, why: str) -> None:
        """Add a finding while there is place for it."""
        if len(self.problems) < PROBLEM_LIMIT:
            self.problems.append(Problem(chain, seq, why))


@dataclass(frozen=True, slots=True)
class _Stored:
    """One event as it lies in the database."""

    chain: str
    seq: int
    row: Row
    key_id: str
    mac: str

    def fits(self, secret: bytes, previous: str, seq: int, mac: str) -> bool:
        """Tell whether `mac` is right for this content at `seq` after `previous`."""
        message = canonical(self.chain, seq, self.row, self.key_id)
        return hmac.compare_digest(sign(secret, previous, message).encode(), mac.encode())


@dataclass(slots=True)
class _Position:
    """Where in a chain the reading stands; `mac` is None behind a gap."""

    chain: str
    seq: int = 0
    mac: str | None = ""


def verify(anchor: str = "", begun: Callable[[Report], None] | None = None) -> Report:
    """Read all seals, then all events, and report; raises what the database raises.

    Seals first: events that arrive meanwhile can then only be newer than what the seals name. `begun`
    gets the report before there is anything in it, for who wants to see how far this is.
    """
    report, keys = Report(), known_keys()
    if begun is not None:
        begun(report)
    sealed: Heads = {}
    pruned: Heads = {}
    anchored = not anchor
    for seal in _check_seals(report, keys):
        _raise_heads(sealed, read_heads(seal.heads))
        pruned.update(read_heads(seal.pruned_below))
        anchored = anchored or seal.mac == anchor
    if not anchored:
        report.blame("seal", 0, "truncated: the anchor is not among the seals")
    _check_events(report, keys, sealed, pruned)
    return report


def _raise_heads(sealed: Heads, heads: Heads) -> None:
    for chain, head in heads.items():
        sealed[chain] = max(sealed.get(chain, head), head, key=lambda item: item[0])


def _check_seals(report: Report, keys: dict[str, bytes]) -> Iterator[AuditSeal]:
    previous = ""
    for seal in AuditSeal.objects.order_by("id").iterator(chunk_size=_CHUNK):
        report.seals += 1
        secret = keys.get(seal.key_id)
        if secret is None:
            report.blame("seal", seal.pk, "signed with an unknown key")
        elif not hmac.compare_digest(seal_mac(seal, secret).encode(), seal.mac.encode()):
            report.blame("seal", seal.pk, "seal broken")
        elif seal.previous != previous:
            report.blame("seal", seal.pk, "a seal before it was removed")
        previous = report.anchor = seal.mac
        yield seal


def _events() -> Iterator[_Stored]:
    events = AuditEvent.objects.order_by("chain", "seq").values_list(*COLUMNS)
    for chain, seq, *values, key_id, mac in events.iterator(chunk_size=_CHUNK):
        yield _Stored(chain, seq, stored(tuple(values)), key_id, mac)


def _check_events(report: Report, keys: dict[str, bytes], sealed: Heads, pruned: Heads) -> None:
    place: _Position | None = None
    try:
        for event in _events():
            if place is None or place.chain != event.chain:
                _finish(report, place, sealed)
                seq, mac = pruned.get(event.chain, (0, ""))
                place = _Position(event.chain, seq, mac)
                report.chains += 1
            report.events += 1
            _check_event(report, keys, place, event)
            head = sealed.get(event.chain)
            if head and head[0] == event.seq and head[1] != event.mac:
                report.blame(event.chain, event.seq, "changed: a seal names another event here")
    except UNREADABLE as fault:
        where = (place.chain, place.seq) if place else ("", 0)
        why = f"changed: what follows cannot be read ({type(fault).__name__}), nor checked"
        return report.blame(*where, why)
    _finish(report, place, sealed)
    for chain, (seq, _mac) in sealed.items():
        if seq > pruned.get(chain, (0, ""))[0]:
            report.blame(chain, seq, "truncated: the whole chain is gone, a seal names its head")


def _check_event(report: Report, keys: dict[str, bytes], place: _Position, event: _Stored) -> None:
    """Compare one event with its place, then stand on it: one fault is one finding."""
    if event.seq != place.seq + 1:
        report.blame(event.chain, place.seq + 1, "removed")
        place.mac = None
    secret = keys.get(event.key_id)
    if secret is None:
        report.blame(event.chain, event.seq, "signed with an unknown key")
    elif place.mac is not None and not event.fits(secret, place.mac, event.seq, event.mac):
        why = _why(event, secret) if len(report.problems) < _EXPLAINED else "changed"
        report.blame(event.chain, event.seq, why)
        if why != "changed":  # the MAC is at the wrong place too: it says nothing about the next
            place.seq, place.mac = event.seq, None
            return
    place.seq, place.mac = event.seq, event.mac


def _finish(report: Report, place: _Position | None, sealed: Heads) -> None:
    head = sealed.pop(place.chain, None) if place else None
    if place and head and place.seq < head[0]:
        report.blame(place.chain, place.seq + 1, f"truncated: a seal names event {head[0]}")


def _why(event: _Stored, secret: bytes) -> str:
    """Tell a swap from a change: does the event, with or without its MAC, fit elsewhere?"""
    if event.seq != 1 and event.fits(secret, "", 1, event.mac):
        return "swapped with event 1"
    before = ""
    for seq, mac in _places(event.chain):
        for place in (seq, seq + 1):
            if place != event.seq and event.fits(secret, mac, place, event.mac):
                return f"swapped with event {place}"
        if seq != event.seq and event.fits(secret, before, seq, mac):
            return f"swapped with event {seq}"
        before = mac
    return "changed"


def _places(chain: str) -> Iterator[tuple[int, str]]:
    stored = AuditEvent.objects.filter(chain=chain).order_by("seq")
    return stored.values_list("seq", "mac").iterator(chunk_size=_CHUNK)
