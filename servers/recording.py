"""What the corridor reports of each call: one audit event, one set of metrics."""

import asyncio
import time
from typing import Any

from monitoring import audit, metrics
from servers.corridor import Call, Found
from servers.offload import Offload

ACTIONS = {"tool": "tools/call", "resource": "resources/read", "prompt": "prompts/get"}
UNKNOWN = "(unknown)"
"""The label of names that clients invented."""
MOST_CHILDREN = 4_000
FULL_PAUSE = 0.05
"""Seconds between two attempts to queue an event while the queue is full."""


class CallRecorder:
    """Reports to the audit trail and the metrics."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._children: dict[tuple[str, ...], tuple[Any, ...]] = {}

    def accepting(self) -> bool:
        """Return whether the audit trail takes events."""
        return audit.accepting()

    def started(self) -> int:
        """Return the moment a call begins."""
        return time.perf_counter_ns()

    async def record(self, call: Call, found: Found, outcome: str, started: int) -> None:
        """Record a call; for a durable entry that writes, wait until the event is committed."""
        took = time.perf_counter_ns() - started
        self._count(call, found, outcome, took / 1e9)
        await _queue(_event(call, found, outcome, took // 1000))
        entry = found.entry
        if entry is not None and entry.durable and not entry.read_only:
            await self._offload(audit.flush)

    def _count(self, call: Call, found: Found, outcome: str, seconds: float) -> None:
        """Count a call under the names the catalog knows."""
        name = found.entry.exposed_name if found.entry else UNKNOWN
        key = (call.kind, call.server.slug, name, outcome)
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


async def _queue(event: audit.Event) -> None:
    """Queue an event, waiting for room: what has run is recorded, however long it takes."""
    while True:
        try:
            return audit.record(event)
        except audit.AuditFull:
            await asyncio.sleep(FULL_PAUSE)


def _children(kind: str, server: str, name: str, outcome: str) -> tuple[Any, ...]:
    """Return the series a kind of call is counted in."""
    if kind == "tool":
        calls = metrics.child(metrics.tool_calls, server, name, outcome)
        return calls, metrics.child(metrics.tool_call_seconds, server)
    metric = metrics.resource_reads if kind == "resource" else metrics.prompt_gets
    return (metrics.child(metric, server, outcome),)


def _event(call: Call, found: Found, outcome: str, microseconds: int) -> audit.Event:
    """Return the audit event of a call; its arguments and result are not in it."""
    caller, entry, verdict = call.caller, found.entry, found.verdict
    return audit.Event(
        kind="call" if call.kind == "tool" else "read" if call.kind == "resource" else "get",
        action=ACTIONS[call.kind],
        user=caller.user_public_id,
        client=caller.client,
        team=str(call.server.team or ""),
        server=call.server.slug,
        entry=entry.exposed_name if entry else call.name,
        version=entry.defined.sha256 if entry else "",
        verdict="allow" if verdict.allowed else "deny",
        reason=verdict.reason,
        outcome=outcome,
        duration_us=microseconds,
        trace_id=call.exchange.trace_id,
        at=time.time(),
    )
