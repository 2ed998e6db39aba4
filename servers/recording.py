"""What the corridor reports of each call: one audit event, one set of metrics."""

import asyncio
import json
import time
from collections.abc import Awaitable

from monitoring import audit, metrics
from monitoring.tally import Cell, Tally
from servers.corridor import Call, Found
from servers.offload import Offload

# Kind of call -> kind and action of its audit event.
EVENTS = {
    "tool": ("call", "tools/call"),
    "resource": ("read", "resources/read"),
    "prompt": ("get", "prompts/get"),
}
COMPLETION = ("complete", "completion/complete")
ASKED = "asked"
"""The outcome of a run that ended with questions: no outcome yet of its call."""
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
        if outcome != ASKED:  # a call over several rounds counts once, as what it came to
            self._count(call, found, outcome, took / 1e9)
        event, entry = _event(call, found, outcome, took // 1000), found.entry
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


def _data(call: Call) -> str:
    """Return what an event tells besides, as JSON: the call's id, if it goes over several rounds."""
    call_id = call.talk.call_id if call.talk is not None else ""
    return json.dumps({"call": call_id}) if call_id else ""


def _event(call: Call, found: Found, outcome: str, microseconds: int) -> audit.Event:
    """Return the audit event of a call; its arguments and result are not in it."""
    caller, entry, verdict, server = call.caller, found.entry, found.verdict, call.server
    kind, action = EVENTS[call.kind] if call.completing is None else COMPLETION
    if outcome == ASKED:
        kind, outcome = "question", "input_required"
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
        _data(call),
        time.time(),
    )
