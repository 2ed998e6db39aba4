"""Questions on the call's own stream: the initialize-based revisions.

Source: client/elicitation, client/sampling, client/roots of 2025-11-25; basic/transports. A client's
refusals: -1 (sampling was rejected), -32601 (it has no such thing), -32602 (not in this mode).
"""

import asyncio
import json
from typing import Any

from catalog.authoring.asking import AnswerError, ClientCannot, Question
from catalog.authoring.errors import ToolError
from servers.calls import Ended
from servers.dialogue.questions import Keys, digest_of
from servers.dialogue.replies import Place
from servers.dialogue.talk import Carried, Talk
from servers.kept import questions, steps
from servers.protocol.asking import ABILITY_SINCE, Asked, shape_question
from servers.protocol.errors import INVALID_PARAMS, METHOD_NOT_FOUND, ProtocolError
from servers.protocol.jsonrpc import Reply
from servers.protocol.methods import CANCELLED
from servers.published import PublishedEntry

ANSWER_SECONDS = 600.0
"""How long a person may take for an answer."""


class Live(Talk):
    """A call that asks while it runs."""

    _steps: dict[str, steps.Step] | None = None
    _keys: Keys | None = None
    meta: dict[str, Any] | None = None
    """What every question carries, if anything: the task it belongs to."""

    def dialogue(self) -> "Live":
        """Return what the work talks to."""
        self.begun = True
        return self

    def can(self, capability: str) -> bool:
        """Return whether the client declared it, the revision has it and a stream can carry it."""
        since = ABILITY_SINCE.get(capability)
        known = since is not None and self._exchange.era.revision.since(since)
        return known and self._exchange.streams and super().can(capability)

    async def _ask(self, question: Question) -> Any:
        """Return what the client answers; raises ClientCannot or AnswerError."""
        session = self._exchange.era.session
        name = questions.new_name()
        asked = shape_question(question.method, question.params, self._exchange.era.revision, name)
        if asked is None or session is None or not self.can(question.needs):
            raise ClientCannot(question.needs)
        reply = await self._reply((session.nonce, name), asked)
        if reply.error is not None:
            raise _refusal(question, reply.error)
        self._keep(question, reply.result)
        return question.read(reply.result)

    def _keep(self, question: Question, answer: Any) -> None:
        """Keep an answer, should the call become a job."""
        if self._keys is None:
            self._keys, self._answers = Keys(), dict[str, tuple[str, Any]]()
        digest = digest_of(question)
        self._answers[self._keys.of(question, digest)] = digest, answer

    async def _reply(self, place: Place, asked: Asked) -> Reply:
        """Send a question and wait for its answer."""
        replies = self._desk.replies
        try:
            await replies.open(place, ANSWER_SECONDS)
            with self._exchange.untimed():
                params = {**asked.params, "_meta": self.meta} if self.meta else asked.params
                self._exchange.ask(json.dumps(place[1]).encode(), asked.method, params)
                return await replies.wait(place, ANSWER_SECONDS)
        except TimeoutError:
            self._exchange.notify(CANCELLED, {"requestId": place[1], "reason": "no answer came"})
            raise AnswerError("The client did not answer in time.") from None
        except asyncio.CancelledError:
            self._exchange.notify(CANCELLED, {"requestId": place[1], "reason": "no longer needed"})
            raise
        finally:
            await replies.close(place)

    # --- steps that happen once: in memory, as this call is not run again ---

    async def _begin_step(self, key: str) -> steps.Step:
        """Return a step that nobody has begun, or what became of it."""
        if self._steps is None:
            self._steps = {}
        step = self._steps.get(key, steps.Step(True, steps.BEGUN, ""))
        self._steps.setdefault(key, step._replace(mine=False))
        return step

    async def _end_step(self, key: str, state: str, value: str) -> None:
        """Remember how a step ended."""
        if self._steps is not None:
            self._steps[key] = steps.Step(False, state, value)

    async def _repeated(self, key: str) -> ToolError:
        """Return the failure of a call that comes again to a step which raised."""
        return ToolError(f"The step {key!r} of this call was begun before; it is not repeated.")

    def carried(self) -> Carried:
        """Return what was answered, and the steps that are done."""
        done = {k: s.value for k, s in (self._steps or {}).items() if s.state == steps.DONE}
        return Carried("", dict(self._answers) if self._keys else {}, done)

    # --- there are no rounds ---

    async def begin(self, entry: PublishedEntry) -> None:
        """Do nothing: no state comes."""

    async def settle(self, entry: PublishedEntry, ending: str, result: Any) -> Ended:
        """Return the end as it is: nothing follows it."""
        return ending, result

    def refusal(self, error: ClientCannot | AnswerError) -> ProtocolError | None:
        """Return None: what a client cannot do, or did wrong, is the call's result here."""
        return None


def _refusal(question: Question, error: Any) -> ClientCannot | AnswerError:
    """Return what a client's error means."""
    code = error.get("code") if isinstance(error, dict) else None
    if code in {METHOD_NOT_FOUND, INVALID_PARAMS}:
        return ClientCannot(question.needs)
    return AnswerError("The client refused to answer.")
