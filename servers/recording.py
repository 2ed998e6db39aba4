"""What the corridor reports of each call: one audit event, one set of metrics."""

import asyncio
import json
import time
from collections.abc import Awaitable

from monitoring import audit, metrics
from monitoring.tally import Cell, Tally
from servers.corridor import ASKED, Call, Found, Talk
from servers.offload import Offload

# Kind of call -> kind and action of its audit event.
EVENTS = {
    "tool": ("call", "tools/call"),
    "resource": ("read", "resources/read"),
    "prompt": ("get", "prompts/get"),
}
COMPLETION = ("complete", "completion/complete")
UNKNOWN = "(unknown)"
"""The label of names that clients invented."""
LONGEST_NAME = 512
"""Characters of such a name that wait in the queue; the row keeps fewer."""
FULL_PAUSE = 0.05
"""Seconds between two attempts to queue an event while the queue is full."""


class CallRecorder:
    """Reports to the audit trail and the metrics."""

    def __init__(self, offload: Offload, tally: Tally) -> None:
        self._offload = offload
        self._tally = tally
        self._cells: dict[tuple[str, str, str, str], Cell] = {}
        self.accepting = audit.accepting
        self.started = time.perf_counter_ns

    def record(
        self, call: Call, found: Found, outcome: str, started: int
    ) -> Awaitable[None] | None:
        """Record a call; for a durable entry that writes, the answer waits for the commit."""
        took = time.perf_counter_ns() - started
        talk = call.talk if call.talk is not None and call.talk.begun else None
        goes_on = talk is not None and _goes_on(talk, outcome)
        if not goes_on:  # a call over several rounds counts once, as what it came to
            self._count(call, found, outcome, took / 1e9)
        event, entry = _event(call, found, outcome, took // 1000), found.entry
        if talk is not None:
            event = _told_of_rounds(event, talk, goes_on)
        durable = entry is not None and entry.durable and not entry.read_only
        try:
            audit.record(event)
        except audit.AuditFull:
            return self._wait(event, durable)
        return self._offload(commit) if durable else None

    async def _wait(self, event: audit.Event, durable: bool) -> None:
        """Queue an event when there is room: what has run is recorded, however long it takes."""
        while True:
            await asyncio.sleep(FULL_PAUSE)
            try:
                audit.record(event)
                break
            except audit.AuditFull:
                continue
        if durable:
            await self._offload(commit)

    def _count(self, call: Call, found: Found, outcome: str, seconds: float) -> None:
        """Count a call under the names the catalog knows."""
        entry = found.entry
        if not found.verdict.allowed:
            metrics.child(metrics.denials, found.verdict.reason).inc()
        if call.completing is not None:
            return
        key = (call.kind, call.server.slug, entry.exposed_name if entry else UNKNOWN, outcome)
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = self._cell(*key)
        cell.add(seconds)

    def _cell(self, kind: str, server: str, name: str, outcome: str) -> Cell:
        """Return the cell a kind of call is counted in."""
        if kind == "tool":
            calls = metrics.child(metrics.tool_calls, server, name, outcome)
            return self._tally.cell(calls, metrics.child(metrics.tool_call_seconds, server))
        metric = metrics.resource_reads if kind == "resource" else metrics.prompt_gets
        return self._tally.cell(metrics.child(metric, server, outcome))


def commit() -> None:
    """Commit what is queued, off the loop."""
    audit.flush()


def _goes_on(talk: Talk, outcome: str) -> bool:
    """Return whether a run's end is not its call's: another run has it, or will."""
    return outcome == ASKED or (talk.engaged and not talk.claimed)


def _told_of_rounds(event: audit.Event, talk: Talk, goes_on: bool) -> audit.Event:
    """Return the event of a run that talked: with its call's id, and as a question if it goes on."""
    if talk.call_id:
        event = event._replace(data=json.dumps({"call": talk.call_id}))
    if not goes_on:
        return event
    asked = event.outcome == ASKED
    return event._replace(kind="question", outcome="input_required" if asked else event.outcome)


def _event(call: Call, found: Found, outcome: str, microseconds: int) -> audit.Event:
    """Return the audit event of a call; its arguments and result are not in it."""
    caller, entry, verdict, server = call.caller, found.entry, found.verdict, call.server
    kind, action = EVENTS[call.kind] if call.completing is None else COMPLETION
    return audit.Event(
        kind,
        action,
        caller.user_public_id,
        caller.client,
        server.team_public_id,
        server.slug,
        entry.exposed_name if entry else call.name[:LONGEST_NAME],
        entry.defined.sha256 if entry else "",
        "allow" if verdict.allowed else "deny",
        verdict.reason,
        "",
        outcome,
        microseconds,
        call.exchange.trace_id,
        "",
        time.time(),
    )
