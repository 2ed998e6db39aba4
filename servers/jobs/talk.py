"""How a job talks with its client: its questions are kept with it, and it is begun again with the answers."""

import json
from typing import Any

from accounts.caller import Caller
from catalog.authoring.asking import AnswerError, ClientCannot, Paused, Question
from servers.calls import ASKED, Ended
from servers.dialogue.desk import Desk
from servers.dialogue.gathering import Gathering
from servers.dialogue.questions import ANY, Keys, digest_of
from servers.dialogue.talk import Step, Talk
from servers.jobs.accepting import STEP_SECONDS
from servers.jobs.exchange import JobExchange
from servers.kept import steps
from servers.models import Job
from servers.protocol.asking import ABILITY_SINCE, shape_question
from servers.protocol.errors import INTERNAL_ERROR, ProtocolError
from servers.protocol.outcome import InputRequired
from servers.protocol.revisions import V2026_07_28
from servers.published import PublishedEntry, PublishedServer

REPEATED = "was begun before and may have happened; it is not repeated."


class JobTalk(Talk):
    """One attempt's talk. `ending` is how it ended, in the corridor's words, once it has."""

    begun = engaged = claimed = True
    ending = ""

    def __init__(
        self, desk: Desk, exchange: JobExchange, server: PublishedServer, caller: Caller, job: Job
    ) -> None:
        super().__init__(desk, exchange, server, caller)
        self.call_id = job.call
        self._revision = exchange.era.revision
        self._gathering, self._keys = Gathering(), Keys()
        self.answers: dict[str, tuple[str, Any]] = {
            key: (digest, answer)
            for key, (digest, answer) in json.loads(job.answers or "{}").items()
        }
        self.asked: dict[str, dict[str, Any]] = {}

    def dialogue(self) -> "JobTalk":
        """Return what the work talks to."""
        return self

    async def begin(self, entry: PublishedEntry) -> None:
        """Do nothing: the answers came with the row."""

    async def as_job(self) -> None:
        """Go on: this is the job."""
        self._check_open()

    # --- questions ---

    @property
    def paused(self) -> bool:  # type: ignore[override]
        """Whether this attempt ended with questions."""
        return self._gathering.over

    def can(self, capability: str) -> bool:
        """Return whether the client declared it, and its revision has it."""
        since = ABILITY_SINCE.get(capability)
        known = since is not None and self._revision.since(since)
        return known and super().can(capability)

    async def _ask(self, question: Question) -> Any:
        """Return the answer if it came; otherwise the attempt ends with the question."""
        if not self.can(question.needs):
            raise ClientCannot(question.needs)
        digest = digest_of(question)
        key = self._keys.of(question, digest)
        if key in self.answers and self.answers[key][0] not in {ANY, digest}:
            key = (
                f"{key}~{digest[:8]}"  # another question: its key must be another for all its life
            )
        known = self.answers.get(key)
        if known is None:
            return await self._gathering.leave_open(key, digest, question)
        return question.read(known[1])

    # --- steps that happen once ---

    async def _begin_step(self, key: str) -> steps.Step:
        """Claim a step by a row, or return what another attempt made of it."""
        return await self._desk.offload(steps.begin, self.call_id, key, STEP_SECONDS)

    async def _step(self, key: str, function: Step) -> Any:
        """Do a step, or return what became of it; no round ends meanwhile."""
        with self._gathering.busy():
            return await super()._step(key, function)

    async def _end_step(self, key: str, state: str, value: str) -> None:
        """Keep how a step ended in its row."""
        await self._desk.offload(steps.end, self.call_id, key, state, value)

    async def _repeated(self, key: str) -> ProtocolError:
        """End the job: the step may have happened half."""
        return ProtocolError(INTERNAL_ERROR, f"The step {key!r} of this job {REPEATED}")

    # --- how an attempt ends ---

    async def settle(self, entry: PublishedEntry, ending: str, result: Any) -> Ended:
        """Return how the attempt ended: with its questions, if it asked some."""
        self.ending = ending
        if not isinstance(result, Paused):
            return ending, result
        for key, (digest, question) in self._gathering.asked.items():
            asked = shape_question(question.method, question.params, V2026_07_28, "")
            assert asked is not None  # questions come in the shape of this revision
            told = {"digest": digest, "method": asked.method, "params": asked.params}
            self.asked[key] = {**told, "needs": question.needs}
        return ASKED, InputRequired(self.asked, "")

    def refusal(self, error: ClientCannot | AnswerError) -> ProtocolError | None:
        """Return None: what the client cannot do, or did wrong, is the job's result."""
        return None
