"""Why a call is let through or refused, line by line, and the smallest change that would alter it.

The answer is the gate's own: each line asks the function that the gate asks, and a change is
suggested only after the gate was asked what it would say then. Pure, like all of the policy.
"""

from catalog.policy.explaining.answering import Answer, answer
from catalog.policy.explaining.case import Case, Known, Token
from catalog.policy.explaining.changes import Change, Do, after
from catalog.policy.explaining.lines import Check, Line, lines
from catalog.policy.explaining.searching import others, smallest
from catalog.policy.explaining.whole import Explanation, explain

__all__ = [
    "Answer",
    "Case",
    "Change",
    "Check",
    "Do",
    "Explanation",
    "Known",
    "Line",
    "Token",
    "after",
    "answer",
    "explain",
    "lines",
    "others",
    "smallest",
]
