"""Questions over rounds (2026-07-28 basic/patterns/mrtr): the call ends with them, and is run again with
the answers.

Promises: an answer is only given to the very question it was given for; a state that was altered, is too
old, or belongs elsewhere is refused; a step under `once` happens once; the run that gets a new answer
claims the call and keeps it unless it asks again, so that repeating the last round runs nothing.
"""

import asyncio
import secrets
import time
from typing import Any

from accounts.caller import Caller
from catalog.authoring.asking import AnswerError, ClientCannot, Paused, Question
from servers.calls import ASKED, Ended
from servers.dialogue.desk import KEPT_SECONDS, STATE_SECONDS, Desk
from servers.dialogue.gathering import Gathering
from servers.dialogue.questions import ANY, Keys, digest_of
from servers.dialogue.talk import Carried, Step, Talk
from servers.kept import states, steps
from servers.protocol.abilities import required_for
from servers.protocol.asking import shape_question
from servers.protocol.errors import (
    INTERNAL_ERROR,
    ProtocolError,
    invalid_params,
    missing_capability,
)
from servers.protocol.outcome import InputRequired
from servers.protocol.revisions import V2026_07_28
from servers.protocol.sealing import State, belonging
from servers.published import PublishedEntry, PublishedServer
from servers.transports.exchange import Exchange

MOST_ROUNDS = 16
OVER = "This call is over, or is being answered already; nothing was run."


class Rounds(Talk):
    """A call that is run again for each round of answers."""

    _round = 0
    _claiming: "asyncio.Future[bool] | None" = None
    _refusal: ProtocolError | None = None
    _withdrawn = False

    def __init__(
        self,
        desk: Desk,
        exchange: Exchange,
        server: PublishedServer,
        caller: Caller,
        subject: tuple[str, str, dict[str, Any]],
        params: dict[str, Any],
    ) -> None:
        """Take what the request asks for (kind, name, arguments), and all its parameters."""
        self._desk, self._exchange, self._server, self._caller = desk, exchange, server, caller
        self._subject, self._params = subject, params
        self.resumed = "inputResponses" in params or "requestState" in params

    def dialogue(self) -> "Rounds":
        """Return what the work talks to; begun when something is said for the first time."""
        if not self.begun:
            self.begun = True
            self._gathering = Gathering()
            self._answers: dict[str, tuple[str, Any]] = {}
            self._fresh: set[str] = set()
            self._used: dict[str, tuple[str, Any]] = {}
            self._keys = Keys()
        return self

    # --- the beginning of a run ---

    async def begin(self, entry: PublishedEntry) -> None:
        """Take the answers that come with a request; raises ProtocolError -32602 for a bad state."""
        self.dialogue()
        responses = self._params.get("inputResponses", {})
        if not isinstance(responses, dict):
            raise invalid_params('"inputResponses" is not an object.')
        if "requestState" in self._params:
            given, bound_to = self._params["requestState"], self._bound_to(entry)
            state = await self._desk.opened(given, bound_to)
            claimed = await self._desk.offload(states.is_claimed, state.call)
            self._continue(state, responses)
            if claimed:
                raise invalid_params(OVER)
        elif entry.repeatable:
            self._answers = {key: (ANY, answer) for key, answer in responses.items()}

    def _continue(self, state: State, responses: dict[str, Any]) -> None:
        """Go on where a state says the call is."""
        self.call_id, self._round, self.engaged = state.call, state.round, True
        fresh = {
            key: (digest, responses[key]) for key, digest in state.asked.items() if key in responses
        }
        self._answers, self._fresh = {**state.answers, **fresh}, set(fresh)

    def _bound_to(self, entry: PublishedEntry) -> bytes:
        """Return what a state of this call belongs to."""
        caller, server = self._caller, self._server
        who = (str(caller.user_public_id), caller.client, str(server.public_id))
        return belonging([*who, *self._subject, entry.defined.sha256])

    # --- questions ---

    @property
    def paused(self) -> bool:  # type: ignore[override]
        """Whether the run ended with questions, or in a refusal."""
        return self.begun and self._gathering.over

    async def _ask(self, question: Question) -> Any:
        """Return the answer if it came; otherwise this run ends with the question.

        An answer that is new takes the run further than any was before: it claims the call first, so
        that two runs with the same answers never go on both.
        """
        if not self.can(question.needs):
            raise ClientCannot(question.needs)
        digest = digest_of(question)
        key = self._keys.of(question, digest)
        known, answer = self._answers.get(key, (None, None))
        if known is None or known not in {ANY, digest}:
            return await self._gathering.leave_open(key, digest, question)
        if key in self._fresh:
            with self._gathering.busy():
                if not await self._own():
                    raise self._refuse(invalid_params(OVER))
        self._used[key] = (digest, answer)
        return question.read(answer)

    def _refuse(self, error: ProtocolError) -> Paused:
        """Return what ends this run in an error that its author's code cannot catch."""
        self._refusal = error
        self._gathering.end()
        return Paused()

    # --- steps that happen once ---

    async def _begin_step(self, key: str) -> steps.Step:
        """Claim a step by a row, or return what another run made of it."""
        return await self._desk.offload(steps.begin, self._name(), key, KEPT_SECONDS)

    async def _step(self, key: str, function: Step) -> Any:
        """Do a step, or return what became of it; the round does not end meanwhile."""
        with self._gathering.busy():
            return await super()._step(key, function)

    async def _end_step(self, key: str, state: str, value: str) -> None:
        """Keep how a step ended in its row."""
        await self._desk.offload(steps.end, self.call_id, key, state, value)

    async def _repeated(self, key: str) -> Paused:
        """End the call, once and for all: the step may have happened half."""
        if self.engaged and not await self._own():
            return self._refuse(invalid_params(OVER))
        text = f"The step {key!r} of this call was begun before and may have happened; "
        return self._refuse(ProtocolError(INTERNAL_ERROR, text + "it is not repeated."))

    # --- how a run ends ---

    @property
    def claimed(self) -> bool:  # type: ignore[override]
        """Whether this run has claimed the call it continues."""
        claiming = self._claiming
        if claiming is None or not claiming.done() or claiming.cancelled():
            return False
        return claiming.exception() is None and claiming.result()

    async def settle(self, entry: PublishedEntry, ending: str, result: Any) -> Ended:
        """Return how a run that asked, or that continues a call, ended after all.

        Its call is over with it, but for questions, or a fault of the client's that it may mend.
        """
        if self._refusal is not None:
            return "error", self._refusal
        if self._withdrawn:
            await self._release()
            return ending, result
        if self.paused and self._round < MOST_ROUNDS:
            return ASKED, await self._questions(entry)
        if self.paused:
            text = f"This call asked in more than {MOST_ROUNDS} rounds."
            ending, result = "error", ProtocolError(INTERNAL_ERROR, text)
        if self.engaged and not await self._own():
            return "error", invalid_params(OVER)
        return ending, result

    async def _questions(self, entry: PublishedEntry) -> InputRequired:
        """Return the questions of the round that ended, and the state to come back with."""
        await self._release()
        asked = self._gathering.asked
        given = {key: kept for key, kept in self._answers.items() if kept[0] != ANY}
        state = State(
            self._name(),
            self._round + 1,
            int(time.time()) + STATE_SECONDS,
            {key: digest for key, (digest, _question) in asked.items()},
            {**given, **self._used},
        )
        text = await self._desk.sealed(state, self._bound_to(entry))
        return InputRequired({key: _request(q) for key, (_, q) in asked.items()}, text)

    def carried(self) -> Carried:
        """Return the call's id and the answers this run used: its steps are rows under that id."""
        return Carried(self.call_id, dict(self._used) if self.begun else {}, {})

    def refusal(self, error: ClientCannot | AnswerError) -> ProtocolError | None:
        """Return the protocol's error for what the client cannot do or did wrong: it may mend that."""
        if isinstance(error, ClientCannot) and self._exchange.streaming:
            return None
        self._withdrawn = True
        if isinstance(error, ClientCannot):
            return missing_capability(str(error), required_for(error.capability))
        return invalid_params(str(error))

    async def _own(self) -> bool:
        """Claim the call for this run; return whether it is this run's."""
        if self._claiming is None:
            claim = self._desk.offload(states.claim, self.call_id, KEPT_SECONDS)
            self._claiming = asyncio.ensure_future(claim)
        return await asyncio.shield(self._claiming)

    async def _release(self) -> None:
        """Give the call back, if this run has it: it goes on in another."""
        if self._claiming is not None and await asyncio.shield(self._claiming):
            self._claiming = None
            await self._desk.offload(states.release, self.call_id)

    def _name(self) -> str:
        """Return the call's id, made when it is needed first."""
        if not self.call_id:
            self.call_id = secrets.token_hex(16)
        return self.call_id


def _request(question: Question) -> dict[str, Any]:
    """Return a question as the request object that a client fulfils."""
    asked = shape_question(question.method, question.params, V2026_07_28, "")
    assert asked is not None  # questions come in the shape of this revision
    return asked._asdict()
