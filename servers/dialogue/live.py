"""Questions on the call's own stream: the initialize-based revisions.

Source: client/elicitation, client/sampling, client/roots of 2025-11-25; basic/transports. A client's
refusals: -1 (sampling was rejected), -32601 (it has no such thing), -32602 (not in this mode).
"""

import json
import secrets
from typing import Any

from catalog.authoring.asking import AnswerError, ClientCannot, Question
from servers.dialogue.replies import Place
from servers.dialogue.talk import Step, Talk
from servers.protocol.asking import ABILITY_SINCE, Asked, shape_question
from servers.protocol.errors import INVALID_PARAMS, METHOD_NOT_FOUND, ProtocolError
from servers.protocol.jsonrpc import Reply
from servers.protocol.methods import CANCELLED
from servers.protocol.outcome import InputRequired

ANSWER_SECONDS = 600.0
"""How long a person may take for an answer."""


class Live(Talk):
    """A call that asks while it runs."""

    _kept: dict[str, Any] | None = None

    def dialogue(self) -> "Live":
        """Return what the work talks to."""
        return self

    def can(self, capability: str) -> bool:
        """Return whether the client declared it, the revision has it and a stream can carry it."""
        since = ABILITY_SINCE.get(capability)
        known = since is not None and self._exchange.era.revision.since(since)
        return known and self._exchange.streams and super().can(capability)

    async def ask(self, question: Question) -> Any:
        """Return what the client answers; raises ClientCannot or AnswerError."""
        session = self._exchange.era.session
        name = f"q{secrets.token_hex(12)}"
        asked = shape_question(question.method, question.params, self._exchange.era.revision, name)
        if asked is None or session is None or not self.can(question.needs):
            raise ClientCannot(question.needs)
        reply = await self._reply((session.nonce, name), asked)
        if reply.error is not None:
            raise _refusal(question, reply.error)
        return question.read(reply.result)

    async def _reply(self, place: Place, asked: Asked) -> Reply:
        """Send a question and wait for its answer."""
        replies = self._desk.replies
        await replies.open(place, ANSWER_SECONDS)
        try:
            with self._exchange.untimed():
                self._exchange.ask(json.dumps(place[1]).encode(), asked.method, asked.params)
                return await replies.wait(place, ANSWER_SECONDS)
        except TimeoutError:
            self._exchange.notify(CANCELLED, {"requestId": place[1], "reason": "no answer came"})
            raise AnswerError("The client did not answer in time.") from None
        finally:
            await replies.close(place)

    async def once(self, key: str, function: Step) -> Any:
        """Return what a step gives, run at its first mention: this call is not run again."""
        if self._kept is None:
            self._kept = {}
        if key not in self._kept:
            self._kept[key] = await function()
        return self._kept[key]

    # --- there are no rounds ---

    async def begin(self, entry: Any) -> None:
        """Do nothing: no state comes."""

    async def pause(self, entry: Any) -> InputRequired:
        """Never happens: a call that asks goes on."""
        raise NotImplementedError

    async def finish(self) -> None:
        """Do nothing: there is nothing to claim."""

    def refusal(self, error: ClientCannot | AnswerError) -> ProtocolError | None:
        """Return None: what a client cannot do, or did wrong, is the call's result here."""
        return None


def _refusal(question: Question, error: Any) -> ClientCannot | AnswerError:
    """Return what a client's error means."""
    code = error.get("code") if isinstance(error, dict) else None
    if code in {METHOD_NOT_FOUND, INVALID_PARAMS}:
        return ClientCannot(question.needs)
    return AnswerError("The client refused to answer.")
