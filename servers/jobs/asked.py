"""A job's open questions, on their way to a client, and its answers on their way back."""

from typing import Any

from catalog.authoring.asking import AnswerError, Question
from servers.jobs.answering import answer
from servers.jobs.desk import JobDesk
from servers.jobs.fitting import misfit


def question_of(key: str, asked: dict[str, Any]) -> Question:
    """Return a job's question, whose answer is passed on as it comes: the job reads it for itself."""

    def read(answer: Any) -> Any:
        if wrong := misfit(asked, answer):
            raise AnswerError(wrong)
        return answer

    return Question(asked["method"], asked["params"], asked["needs"], read, key)


async def pass_on(desk: JobDesk, name: str, answers: dict[str, Any]) -> None:
    """Give a job its answers, and let it go on."""
    job = await desk.offload(answer, name, answers)
    if job is not None:
        desk.ringer.ring(job)
