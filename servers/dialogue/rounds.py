"""Questions over rounds (2026-07-28 basic/patterns/mrtr): the call ends with them, and is run again with
the answers.

Promises: an answer is only given to the very question it was given for; a state that was altered, is too
old, or belongs elsewhere is refused; a step under `once` happens once; the run that passes its last
question claims the call, so that repeating it runs nothing.
"""

import asyncio
import hashlib
import json
import secrets
import time
from typing import Any

from catalog.authoring.asking import AnswerError, ClientCannot, Paused, Question
from catalog.authoring.errors import ToolError
from servers.dialogue.desk import CALL_SECONDS, KEPT_SECONDS, STATE_SECONDS
from servers.dialogue.talk import Step, Talk
from servers.kept import states, steps
from servers.protocol.abilities import required_for
from servers.protocol.errors import (
    INTERNAL_ERROR,
    ProtocolError,
    invalid_params,
    missing_capability,
)
from servers.protocol.jsonrpc import encode
from servers.protocol.outcome import InputRequired
from servers.protocol.sealing import State, belonging
from servers.published import PublishedEntry

MOST_ROUNDS = 16
QUIET_TURNS = 4
"""Turns of the event loop without a new question after which a round is complete."""
ANY = ""
"""The digest of an answer that came without a state: it fits whatever is asked under its key."""


class Rounds(Talk):
    """A call that is run again for each round of answers."""

    _began = 0
    _round = 0
    _claimed = False
    _busy = 0
    _quiet = 0
    _is_set_up = False
    _refusal: ProtocolError | None = None

    def of(
        self, kind: str, name: str, arguments: dict[str, Any], params: dict[str, Any]
    ) -> "Rounds":
        """Take what the request asks for, and all its parameters."""
        self._subject, self._params = (kind, name, arguments), params
        self.resumed = "inputResponses" in params or "requestState" in params
        return self

    def dialogue(self) -> "Rounds":
        """Return what the work talks to; begun when something is said for the first time."""
        if not self._is_set_up:
            self._is_set_up = True
            self._answers: dict[str, tuple[str, Any]] = {}
            self._used: dict[str, tuple[str, Any]] = {}
            self._expected: set[str] = set()
            self._open: dict[str, tuple[str, Question]] = {}
            self._waiting: list[asyncio.Future[Any]] = []
            self._asked: dict[str, int] = {}
        return self

    # --- the beginning of a run ---

    async def begin(self, entry: PublishedEntry) -> None:
        """Take the answers that come with a request; raises ProtocolError -32602 for a bad state."""
        self.dialogue()
        responses = self._params.get("inputResponses", {})
        if not isinstance(responses, dict):
            raise invalid_params('"inputResponses" is not an object.')
        if "requestState" in self._params:
            self._continue(
                await self._desk.opened(self._params["requestState"], self._bound_to(entry)),
                responses,
            )
        elif entry.repeatable:
            self._answers = {key: (ANY, answer) for key, answer in responses.items()}

    def _continue(self, state: State, responses: dict[str, Any]) -> None:
        """Go on where a state says the call is."""
        self.call_id, self._round, self._began = state.call, state.round, state.began
        self.engaged = True
        fresh = {
            key: (digest, responses[key]) for key, digest in state.asked.items() if key in responses
        }
        self._answers = {**state.answers, **fresh}
        self._expected = set(fresh)

    def _bound_to(self, entry: PublishedEntry) -> bytes:
        """Return what a state of this call belongs to."""
        caller, server = self._caller, self._server
        who = (str(caller.user_public_id), caller.client, str(server.public_id))
        return belonging([*who, *self._subject, entry.defined.sha256])

    # --- questions ---

    async def ask(self, question: Question) -> Any:
        """Return the answer if it came; otherwise this run ends with the question."""
        if not self.can(question.needs):
            raise ClientCannot(question.needs)
        digest = _digest(question)
        key = self._key_of(question, digest)
        known, answer = self._answers.get(key, (None, None))
        if known is None or known not in {ANY, digest}:
            return await self._leave_open(key, digest, question)
        value = question.read(answer)
        self._used[key] = (digest, answer)
        self._expected.discard(key)
        if self.engaged and not self._expected:
            await self._claim()
        return value

    def _key_of(self, question: Question, digest: str) -> str:
        """Return a question's key: the author's, or its place and digest; a repeated one is counted."""
        name = question.key or f"{sum(self._asked.values()) + 1}-{digest[:8]}"
        self._asked[name] = count = self._asked.get(name, 0) + 1
        return name if count == 1 else f"{name}#{count}"

    async def _leave_open(self, key: str, digest: str, question: Question) -> Any:
        """Wait for the end of the round, which ends this run."""
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._open[key] = (digest, question)
        self._waiting.append(waiting)
        self._stir()
        return await waiting

    def _stir(self) -> None:
        """Wait for questions that are asked beside this one, under `asyncio.gather` for example."""
        if not self._waiting:
            return
        if self._quiet == 0:
            asyncio.get_running_loop().call_soon(self._turn)
        self._quiet = QUIET_TURNS

    def _turn(self) -> None:
        """Let a turn of the loop pass; the round ends when some were quiet and no step runs."""
        self._quiet -= 1
        if self._busy:
            self._quiet = 0  # the step's end stirs again
        elif self._quiet > 0:
            asyncio.get_running_loop().call_soon(self._turn)
        else:
            self._end_round()

    def _end_round(self) -> None:
        """End every question's waiting, and with it this run."""
        self.paused = True
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_exception(Paused())
                future.exception()  # whoever still waits gets it; nobody else misses it

    def _refuse(self, error: ProtocolError) -> Paused:
        """Return what ends this run in an error that its author's code cannot catch."""
        self.paused, self._refusal = True, error
        return Paused()

    async def pause(self, entry: PublishedEntry) -> InputRequired:
        """Return the questions of the round that ended, and the state to come back with."""
        if self._refusal is not None:
            raise self._refusal
        if self._round + 1 > MOST_ROUNDS:
            raise ProtocolError(
                INTERNAL_ERROR, f"This call asked in more than {MOST_ROUNDS} rounds."
            )
        if self._claimed:
            await self._desk.offload(states.release, self.call_id)
        now = int(time.time())
        began = self._began or now
        state = State(
            self._name(),
            self._round + 1,
            began,
            min(now + STATE_SECONDS, began + CALL_SECONDS),
            {key: digest for key, (digest, _question) in self._open.items()},
            self._used,
        )
        text = await self._desk.sealed(state, self._bound_to(entry))
        return InputRequired({key: _request(q) for key, (_, q) in self._open.items()}, text)

    # --- what happens once ---

    async def once(self, key: str, function: Step) -> Any:
        """Return a step's value, run by the first run that comes to it; never begun twice."""
        self._busy += 1
        try:
            step = await self._desk.offload(steps.begin, self._name(), key, KEPT_SECONDS)
            value = await self._do(key, function) if step.mine else self._done(key, step)
        finally:
            self._busy -= 1
            self._stir()
        return value

    async def _do(self, key: str, function: Step) -> Any:
        """Run a step, and keep what came of it before anybody hears of it."""
        try:
            value = await function()
        except ToolError as error:
            await self._end_step(key, steps.FAILED, str(error))
            raise
        await self._end_step(key, steps.DONE, encode(value).decode())
        return value

    async def _end_step(self, key: str, state: str, value: str) -> None:
        await asyncio.shield(self._desk.offload(steps.end, self.call_id, key, state, value))

    def _done(self, key: str, step: steps.Step) -> Any:
        """Return what another run made of a step; one that may have happened half is not repeated."""
        if step.state == steps.DONE:
            return json.loads(step.value)
        if step.state == steps.FAILED:
            raise ToolError(step.value)
        raise self._refuse(
            ProtocolError(
                INTERNAL_ERROR,
                f"The step {key!r} of this call was begun before and may have happened; "
                "it is not repeated.",
            )
        )

    async def _claim(self) -> None:
        """Claim the call for this run: it passed its last question."""
        if not self._claimed:
            if not await self._desk.offload(states.claim, self.call_id, KEPT_SECONDS):
                raise self._refuse(
                    invalid_params("This call was finished before; nothing was run.")
                )
            self._claimed = True

    async def finish(self) -> None:
        """Claim a call that ended without passing a question; raises ProtocolError if it was."""
        if not self._claimed and not await self._desk.offload(
            states.claim, self.call_id, KEPT_SECONDS
        ):
            raise invalid_params("This call was finished before; nothing was run.")

    def refusal(self, error: ClientCannot | AnswerError) -> ProtocolError | None:
        """Return the protocol's error for what the client cannot do or did wrong."""
        if isinstance(error, AnswerError):
            return invalid_params(str(error))
        if self._exchange.streaming:
            return None
        return missing_capability(str(error), required_for(error.capability))

    def _name(self) -> str:
        """Return the call's id, made when it is needed first."""
        if not self.call_id:
            self.call_id = secrets.token_hex(16)
        return self.call_id


def _digest(question: Question) -> str:
    """Return a short name for what is asked."""
    return hashlib.sha256(encode([question.method, question.params])).hexdigest()[:32]


def _request(question: Question) -> dict[str, Any]:
    """Return a question as the request object that a client fulfils."""
    return {"method": question.method, "params": question.params}
