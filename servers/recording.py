"""What the corridor reports of each call: one audit event, one set of metrics."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

from monitoring import audit, metrics
from servers.corridor import Call, Found
from servers.offload import Offload

# Kind of call -> kind and action of its audit event.
EVENTS = {
    "tool": ("call", "tools/call"),
    "resource": ("read", "resources/read"),
    "prompt": ("get", "prompts/get"),
}
UNKNOWN = "(unknown)"
"""The label of names that clients invented."""
MOST_CHILDREN = 4_000
FULL_PAUSE = 0.05
"""Seconds between two attempts to queue an event while the queue is full."""


class CallRecorder:
    """Reports to the audit trail and the metrics."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._children: dict[tuple[str, str, str, str], tuple[Any, ...]] = {}
        self.accepting = audit.accepting
        self.started = time.perf_counter_ns

    def record(
        self, call: Call, found: Found, outcome: str, started: int
    ) -> Awaitable[None] | None:
        """Record a call; for a durable entry that writes, the answer waits for the commit."""
        took = time.perf_counter_ns() - started
        self._count(call, found, outcome, took / 1e9)
        event, entry = _event(call, found, outcome, took // 1000), found.entry
        durable = entry is not None and entry.durable and not entry.read_only
        try:
            audit.record(event)
        except audit.AuditFull:
            return self._wait(event, durable)
        return self._offload(audit.flush) if durable else None  # type: ignore[return-value]

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
            await self._offload(audit.flush)

    def _count(self, call: Call, found: Found, outcome: str, seconds: float) -> None:
        """Count a call under the names the catalog knows."""
        entry = found.entry
        key = (call.kind, call.server.slug, entry.exposed_name if entry else UNKNOWN, outcome)
        children = self._children.get(key)
        if children is None:
            if len(self._children) >= MOST_CHILDREN:
                self._children.clear()
            children = self._children[key] = _children(*key)
        children[0].inc()
        if len(children) > 1:
            children[1].observe(seconds)
        if not found.verdict.allowed:
            metrics.child(metrics.denials, found.verdict.reason).inc()


def _children(kind: str, server: str, name: str, outcome: str) -> tuple[Any, ...]:
    """Return the series a kind of call is counted in."""
    if kind == "tool":
        calls = metrics.child(metrics.tool_calls, server, name, outcome)
        return calls, metrics.child(metrics.tool_call_seconds, server)
    metric = metrics.resource_reads if kind == "resource" else metrics.prompt_gets
    return (metrics.child(metric, server, outcome),)


def _event(call: Call, found: Found, outcome: str, microseconds: int) -> audit.Event:
    """Return the audit event of a call; its arguments and result are not in it."""
    caller, entry, verdict, server = call.caller, found.entry, found.verdict, call.server
    kind, action = EVENTS[call.kind]
    return audit.Event(
        kind, action, caller.user_public_id, caller.client, server.team_public_id, server.slug,
        entry.exposed_name if entry else call.name,
        entry.defined.sha256 if entry else "",
        "allow" if verdict.allowed else "deny",
        verdict.reason, "", outcome, microseconds, call.exchange.trace_id, "", time.time(),
    )
