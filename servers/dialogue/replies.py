"""Answers of clients on their way to the calls that wait for them, whichever process took them.

The row is the truth, the announcement only a bell: who waits also looks from time to time.
"""

import asyncio
import json

from catalog.authoring.asking import AnswerError
from monitoring import bus
from servers.kept import questions
from servers.offload import Offload, within
from servers.protocol.jsonrpc import Reply, encode

TOPIC = bus.chatter("answer")
LOOK_SECONDS, LONGEST_LOOK_SECONDS = 1.0, 30.0
"""How soon, and at last how seldom, who waits looks for an answer that nobody announced."""
KEPT_BEYOND = 60.0
MOST_OF_SESSION, MOST_WAITING = 32, 5_000
"""Questions that may wait at once: of one session, and in this process."""
Place = tuple[str, str]
"""Session and name of a question."""


class Replies:
    """The questions that calls of this process wait on; used from one event loop."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._waiting: dict[Place, asyncio.Event] = {}
        self._of_session: dict[str, int] = {}
        self._here: dict[Place, Reply] = {}

    async def open(self, place: Place, seconds: float) -> None:
        """Let a question wait, on every process; before it is sent. Raises AnswerError if too many do."""
        mine = self._of_session.get(place[0], 0)
        if mine >= MOST_OF_SESSION or len(self._waiting) >= MOST_WAITING:
            raise AnswerError("Too many questions wait for an answer already.")
        self._of_session[place[0]] = mine + 1
        self._waiting[place] = asyncio.Event()
        await self._offload(questions.begin, *place, seconds + KEPT_BEYOND)

    async def wait(self, place: Place, seconds: float) -> Reply:
        """Return the answer; raises TimeoutError, AnswerError if it cannot come."""
        pause = LOOK_SECONDS
        async with asyncio.timeout(seconds):
            while (reply := await self._look(place)) is None:
                waiting = self._waiting[place]
                waiting.clear()
                await within(waiting, pause)
                pause = min(2 * pause, LONGEST_LOOK_SECONDS)
        return reply

    async def close(self, place: Place) -> None:
        """Forget a question, if it was let wait."""
        if self._waiting.pop(place, None) is None:
            return
        left = self._of_session[place[0]] - 1
        self._of_session[place[0]] = left
        if not left:
            del self._of_session[place[0]]
        self._here.pop(place, None)
        await self._offload(questions.end, *place)

    async def take(self, session: str, reply: Reply) -> None:
        """Take a client's answer; one that nobody waits for is dropped."""
        name = json.loads(reply.id_json)
        if not isinstance(name, str) or not questions.is_name(name):
            return
        place = session, name
        waiting = self._waiting.get(place)
        if waiting is not None:
            self._here.setdefault(place, reply)
            return waiting.set()
        body = encode([reply.result, reply.error]).decode()
        if await self._offload(questions.answer, *place, body):
            await self._offload(bus.publish, TOPIC, json.dumps(place))

    def heard(self, payload: str) -> None:
        """Wake the call whose question was answered elsewhere."""
        session, name = json.loads(payload)
        waiting = self._waiting.get((session, name))
        if waiting is not None:
            waiting.set()

    def end_session(self, session: str) -> None:
        """End the questions of a session that is over: nobody can answer them any more."""
        for place, waiting in self._waiting.items():
            if place[0] == session:
                over = Reply(
                    json.dumps(place[1]).encode(), None, {"message": "the session is over"}
                )
                self._here.setdefault(place, over)
                waiting.set()

    async def _look(self, place: Place) -> Reply | None:
        """Return the answer if it is there."""
        here = self._here.get(place)
        if here is not None:
            return here
        body = await self._offload(questions.answer_to, *place)
        if not body:
            return self._here.get(place)
        result, error = json.loads(body)
        return Reply(json.dumps(place[1]).encode(), result, error)
