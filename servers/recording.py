"""What the corridor reports of each call: one audit event, one set of metrics."""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from accounts.caller import Caller
from monitoring import audit, metrics
from monitoring.recorded.keeping import Content, keep
from monitoring.recorded.masking import Given, mask_arguments, mask_result
from monitoring.tally import Cell, Tally
from monitoring.usage import Minutes, Subject
from servers.calls import ASKED, HANDED, PASSED_ON, Call, Exchanged, Found, Talk
from servers.hiding import hidden_of
from servers.offload import Offload
from servers.own_tools import CALL
from servers.protocol.errors import ProtocolError, TooManyStreams
from servers.protocol.outcome import Contents, Messages, ToolOutcome
from servers.published import PublishedServer

# Kind of call -> kind and action of its audit event.
EVENTS = {
    "tool": ("call", "tools/call"),
    "resource": ("read", "resources/read"),
    "prompt": ("get", "prompts/get"),
}
COMPLETION = ("complete", "completion/complete")
Key = tuple[str, str, str, str]
"""Kind, server, name and outcome."""
UNKNOWN = "(unknown)"
"""The label of names that clients invented."""
LONGEST_NAME = 512
"""Characters of such a name that wait in the queue; the row keeps fewer."""
FULL_PAUSE = 0.05
"""Seconds between two attempts to queue an event while the queue is full."""


class CallRecorder:
    """Reports to the audit trail and the metrics."""

    def __init__(self, offload: Offload, tally: Tally, minutes: Minutes) -> None:
        self._offload, self._tally, self._minutes = offload, tally, minutes
        self._cells: dict[Key, Cell] = {}
        self.accepting = audit.accepting
        self.started = time.perf_counter_ns

    def given(self, call: Call, found: Found) -> Given | None:
        """Return a call's arguments, masked now: what runs may change them. None for no such call.

        Also for the pages of a job's result: what its tool returned is kept with the job's own call.
        """
        if call.completing is not None or call.own is not None or _is_of_another_tool(call):
            return None
        hidden = hidden_of(found.entry)
        if hidden is None:
            return None
        arguments = call.arguments if found.variables is None else found.variables
        return mask_arguments(arguments, hidden.given)

    def record(
        self, call: Call, found: Found, outcome: str, started: int, content: Exchanged | None
    ) -> Awaitable[None] | None:
        """Record a call; for a durable entry that writes, the answer waits for the commit."""
        took = time.perf_counter_ns() - started
        talk = call.talk if call.talk is not None and call.talk.begun else None
        goes_on = talk is not None and _goes_on(talk, outcome)
        # A call counts once, as what it came to, also over several rounds; a job where its worker ends it.
        if not goes_on and outcome not in {HANDED, PASSED_ON}:
            self._count(call, found, outcome, took / 1e9)
        told = "error" if outcome == PASSED_ON else outcome
        event, entry = _event(call, found, told, took // 1000), found.entry
        if talk is not None:
            event = _told_of_rounds(event, goes_on)
        if talk is not None or call.via:
            event = event._replace(data=_data(call, talk))
        if outcome == HANDED:
            event = event._replace(kind="job")
        if outcome in {HANDED, PASSED_ON}:  # its arguments and result are kept where it runs
            content = None
        if content is not None:
            event = _with_content(event, call, found, content)
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
        public_id = None if entry is None else entry.public_id
        name = UNKNOWN if entry is None else entry.exposed_name
        key = (call.kind, call.server.slug, name, outcome)
        cell = self._cells.get(key)
        if cell is None or cell.subject is not public_id:
            cell = self._fitting(cell, public_id, key)
        cell.add(seconds)

    def _fitting(self, cell: Cell | None, public_id: UUID | None, key: Key) -> Cell:
        """Return the cell a kind of call is counted in: what one name stands for may change."""
        if cell is None:
            cell = self._cells[key] = self._cell(*key)
        elif cell.subject == public_id:
            cell.subject = public_id
            return cell
        kind, server, name, outcome = key
        subject = Subject(public_id, kind, server, name) if public_id else None
        cell.begin(public_id, partial(self._minutes.add, subject, outcome))
        return cell

    def _cell(self, kind: str, server: str, name: str, outcome: str) -> Cell:
        """Return a new cell for a series."""
        if kind == "tool":
            calls = metrics.child(metrics.tool_calls, server, name, outcome)
            return self._tally.cell(calls, metrics.child(metrics.tool_call_seconds, server))
        metric = metrics.resource_reads if kind == "resource" else metrics.prompt_gets
        return self._tally.cell(metrics.child(metric, server, outcome))


def record_refused_stream(server: PublishedServer, caller: Caller, refusal: TooManyStreams) -> None:
    """Record that somebody was not given a place for a stream; not while the queue is full: nothing ran."""
    event = audit.Event(
        kind="stream",
        action="stream.open",
        user=caller.user_public_id,
        client=caller.client,
        team=server.team_public_id,
        server=server.slug,
        verdict="deny",
        reason="too_many_streams",
        detail=refusal.message,
        outcome="denied",
        at=time.time(),
    )
    with contextlib.suppress(audit.AuditFull):
        audit.record(event)


def commit() -> None:
    """Commit what is queued, off the loop."""
    audit.flush()


def _goes_on(talk: Talk, outcome: str) -> bool:
    """Return whether a run's end is not its call's: another run has it, or will."""
    return outcome == ASKED or (talk.engaged and not talk.claimed)


def _data(call: Call, talk: Talk | None) -> str:
    """Return what else is known of a call: its id over several rounds, and the tool it came through."""
    told = {"call": talk.call_id if talk else "", "via": call.via}
    known = {key: text for key, text in told.items() if text}
    return json.dumps(known) if known else ""


def _told_of_rounds(event: audit.Event, goes_on: bool) -> audit.Event:
    """Return the event of a run that talked: as a question if it goes on."""
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


def _is_of_another_tool(call: Call) -> bool:
    """Tell whether arguments are those of another tool, whose secrets nobody can tell: a bad call_tool."""
    return call.name == CALL and not call.via and CALL in call.server.own


def _with_content(event: audit.Event, call: Call, found: Found, content: Exchanged) -> audit.Event:
    """Keep what a call said beside its event, which says where, or that there was no room."""
    result = ""
    hidden = hidden_of(found.entry) if call.server.recording == "all" else None
    if hidden is not None and (plain := _plain(content.result)) is not None:
        result = mask_result(plain, hidden.result, content.given)
    server, days = call.server.slug, call.server.keep_days
    kept = Content(uuid4(), server, event.at, days, content.given.text, result)
    told = {"content": str(kept.id)} if keep(kept) else {"content_lost": True}
    before = json.loads(event.data) if event.data else {}
    return event._replace(data=json.dumps({**before, **told}))


def _plain(result: Any) -> dict[str, Any] | None:
    """Return a result as it is kept; None for what is none, such as questions to the client."""
    match result:
        case ToolOutcome(content, structured, is_error):
            whole = {"content": content, "structuredContent": structured, "isError": is_error}
            return {
                key: value
                for key, value in whole.items()
                if value is not None and value is not False
            }
        case Contents(contents):
            return {"contents": contents}
        case Messages(messages, description):
            return {"description": description, "messages": messages}
        case ProtocolError():
            return {"error": result.message}
    return None
