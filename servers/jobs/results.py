"""Waiting for a task's result on a stream of its own: tasks/result of 2025-11-25, which also asks and tells.

Source: 2025-11-25 basic/utilities/tasks (Task Result Retrieval, Input Required Status).
"""

import asyncio
import json
from typing import Any

from accounts.caller import Caller
from catalog.authoring.asking import AnswerError, ClientCannot
from servers.dialogue.desk import Desk
from servers.dialogue.live import Live
from servers.jobs.asked import pass_on, question_of
from servers.jobs.desk import JobDesk
from servers.jobs.events import Log
from servers.jobs.facts import Held, Progress, Seen
from servers.jobs.watching import Follower
from servers.protocol.errors import INTERNAL_ERROR, ProtocolError
from servers.protocol.outcome import ToolOutcome
from servers.protocol.tasks import related
from servers.published import PublishedServer
from servers.transports.exchange import Exchange


async def wait_for_result(
    jobs: JobDesk,
    desk: Desk,
    exchange: Exchange,
    server: PublishedServer,
    caller: Caller,
    task: Held,
) -> ToolOutcome:
    """Return what a task's call gave, when it has ended; raises the ProtocolError it ended with."""
    talk = Live(desk, exchange, server, caller)
    talk.meta = related(task.facts.id)
    try:
        with jobs.watches.opened(task.facts.id) as watch:
            told = Told(exchange, task.token, {"_meta": related(task.facts.id)})
            follower = Follower(jobs, task.facts.id, watch, told)
            while True:
                seen = await follower.until_it_rests()
                if seen is not None and seen.ended:
                    return _given(seen)
                if seen is not None:
                    answers = await follower.while_it_waits(_ask(talk, seen))
                    if answers is not None:
                        await pass_on(jobs, seen.id, answers)
    finally:
        talk.close()


def _given(seen: Seen) -> ToolOutcome:
    if seen.outcome is None:
        raise seen.error or ProtocolError(INTERNAL_ERROR, "This task gave nothing.")
    return seen.outcome


async def _ask(talk: Live, seen: Seen) -> dict[str, Any]:
    """Ask what the task asks; a client that cannot answer leaves it open, for another that can."""
    try:
        return await asked_of(talk, seen)
    except (AnswerError, ClientCannot) as error:
        raise ProtocolError(INTERNAL_ERROR, f"The task waits for an answer: {error}") from error


async def asked_of(talk: Live, seen: Seen) -> dict[str, Any]:
    """Return what a client answers to a job's questions; raises AnswerError, ClientCannot."""
    dialogue = talk.dialogue()
    answers = await asyncio.gather(
        *(dialogue.ask(question_of(key, asked)) for key, asked in seen.asked.items())
    )
    return dict(zip(seen.asked, answers, strict=True))


class Told:
    """Tells a client what its job says, under the token of the call it came from.

    `more` is what each notification has besides; `token` is JSON, empty for none.
    """

    def __init__(self, exchange: Exchange, token: str, more: dict[str, Any]) -> None:
        self._exchange, self._more = exchange, more
        self._token = json.loads(token) if token else None

    async def progress(self, progress: Progress) -> None:
        """Tell how far it is."""
        if self._token is None:
            return
        value, total, message = progress
        said: dict[str, Any] = {"progressToken": self._token, "progress": value}
        said |= {} if total is None else {"total": total}
        said |= {} if message is None else {"message": message}
        await self._exchange.notify("notifications/progress", {**said, **self._more})

    async def log(self, log: Log) -> None:
        """Tell what it logs."""
        level, data, logger = log
        said = {"level": level, "data": data, **({"logger": logger} if logger else {})}
        await self._exchange.notify("notifications/message", {**said, **self._more}, level)
