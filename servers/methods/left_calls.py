"""Calls whose process is gone while a job does them: answered on the stream that their client comes back for.

It hears what it would have heard: progress further than it was, log messages and questions, and at last the
answer under the id of its request. Nothing of it is kept but the answer: a client that is cut off again
comes back to the same place.
"""

import math
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from catalog.authoring.asking import AnswerError, ClientCannot
from servers.dialogue.live import Live
from servers.jobs.asked import pass_on
from servers.jobs.ending import cancel
from servers.jobs.facts import Seen
from servers.jobs.reading import Left, left_on
from servers.jobs.results import Told, asked_of
from servers.jobs.states import Reason
from servers.jobs.watching import Follower
from servers.methods.request import Request
from servers.methods.tasks_judged import sees
from servers.protocol.errors import ProtocolError
from servers.protocol.jsonrpc import error_message, result_message
from servers.protocol.outcome import ToolOutcome, failed


async def left_by(request: Request, stream: str) -> Callable[[], Coroutine[Any, Any, bytes]] | None:
    """Return what waits for the answer of the call that a stream was of; None where no job does it.

    Nor where the caller may not have what its tool gives.
    """
    session = request.exchange.era.session
    assert session is not None  # nobody else has streams to come back for
    left = await request.desk.offload(left_on, session.nonce, stream)
    return partial(_answer, request, left) if left and sees(request, left.job) else None


async def _answer(request: Request, left: Left) -> bytes:
    """Return the encoded answer of a call, once its job has ended."""
    try:
        outcome = await _outcome(request, left)
    except ProtocolError as error:
        return error_message(left.request_id, error)
    return result_message(left.request_id, request.server.shaper.outcome(outcome, request.revision))


async def _outcome(request: Request, left: Left) -> ToolOutcome:
    """Return what a call gave; raises the ProtocolError it ended with."""
    jobs, name = request.jobs, left.job.facts.id
    talk = Live(request.desk, request.exchange, request.server, request.caller)
    hears = Told(request.exchange, left.job.token, {})
    before = -math.inf if left.progress is None else left.progress
    try:
        with jobs.watches.opened(name) as watch:
            follower = Follower(jobs, name, watch, hears, told=before)
            while True:
                seen = await follower.until_it_rests()
                if seen is not None and seen.ended:
                    return _given(seen)
                if seen is not None:
                    said = await follower.while_it_waits(_ask(talk, seen))
                    if isinstance(said, str):
                        await jobs.offload(cancel, name, Reason.UNANSWERED)
                        return failed(said)
                    if said is not None:
                        await pass_on(jobs, name, said)
    finally:
        talk.close()


def _given(seen: Seen) -> ToolOutcome:
    if seen.outcome is not None:
        return seen.outcome
    if seen.error is not None:
        raise seen.error
    return failed("This job gave nothing.")


async def _ask(talk: Live, seen: Seen) -> dict[str, Any] | str:
    """Ask the client what the job asks; return its answers, or why there are none."""
    try:
        return await asked_of(talk, seen)
    except (AnswerError, ClientCannot) as error:
        return str(error)
