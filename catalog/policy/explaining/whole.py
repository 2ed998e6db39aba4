"""The whole explanation of a case."""

from dataclasses import dataclass

from catalog.policy.explaining.answering import Answer, answer, refusing
from catalog.policy.explaining.case import Case
from catalog.policy.explaining.changes import Change
from catalog.policy.explaining.lines import Check, Line, lines
from catalog.policy.explaining.searching import others, smallest


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer, every line with the one that decides, and what would alter it.

    `changes` is the smallest change, made of as many as are needed; `others` are other ways.
    """

    case: Case
    answer: Answer
    lines: tuple[Line, ...]
    deciding: Line
    changes: tuple[Change, ...]
    others: tuple[tuple[Change, ...], ...]


def explain(case: Case) -> Explanation:
    """Return why a case is answered as it is; what lets it through is the line that grants."""
    every = lines(case)
    granting = next(line for line in every if line.check == Check.GRANT)
    return Explanation(
        case=case,
        answer=answer(case),
        lines=every,
        deciding=refusing(case) or granting,
        changes=smallest(case),
        others=others(case),
    )
