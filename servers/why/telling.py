"""The explanation of what is asked about, as data and in words: what the page and the command show."""

from typing import Any, NamedTuple

from catalog.policy.explaining import Change, Check, Explanation, explain
from servers.why.asking import Asked
from servers.why.facts import case_of
from servers.why.words import Words


class Row(NamedTuple):
    """A line in words."""

    check: Check
    holds: bool
    decides: bool
    why: str
    rule: int | None
    said: str

    def facts(self) -> dict[str, Any]:
        """Return the line as JSON has it."""
        return {**self._asdict(), "check": str(self.check)}


class Told(NamedTuple):
    """An explanation with its words, in the same order."""

    asked: Asked
    explanation: Explanation
    said: str
    rows: tuple[Row, ...]
    way: tuple[str, ...]
    other_ways: tuple[tuple[str, ...], ...]

    def facts(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        told, asked = self.explanation, self.asked
        return {
            "user": asked.user.username if asked.user else None,
            "server": asked.server.slug,
            "kind": asked.thing.kind,
            "name": asked.thing.name,
            "allowed": told.answer.allowed,
            "reason": str(told.answer.why),
            "said": self.said,
            "lines": [row.facts() for row in self.rows],
            "changes": _changes(told.changes, self.way),
            "others": [_changes(*each) for each in zip(told.others, self.other_ways, strict=True)],
        }


def _changes(changes: tuple[Change, ...], said: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"do": str(change.do), "about": change.about, "said": words}
        for change, words in zip(changes, said, strict=True)
    ]


def tell(asked: Asked) -> Told:
    """Return why what is asked about is answered as it is."""
    explanation = explain(case_of(asked))
    words = Words(asked, explanation)
    rows = tuple(
        Row(
            each.check,
            each.holds,
            each == explanation.deciding,
            str(each.why),
            each.rule,
            words.line(each),
        )
        for each in explanation.lines
    )
    return Told(
        asked=asked,
        explanation=explanation,
        said=words.answer(),
        rows=rows,
        way=tuple(words.change(change) for change in explanation.changes),
        other_ways=tuple(
            tuple(words.change(change) for change in way) for way in explanation.others
        ),
    )
