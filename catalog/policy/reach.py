"""How far a subject reaches on one server, without looking at what is on it.

From grants and rules alone, so that a table of teams and servers costs the same with ten tools and with
ten thousand. `Reach.covers` is what the gate says of any target that is switched on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from catalog.policy.checks.access import denials, granted
from catalog.policy.facts import Rule, Subject, Target
from catalog.policy.names import matches


class Part(NamedTuple):
    """What a rule speaks of: names that fit, and with a tag only what carries it."""

    pattern: str = "*"
    tag: str | None = None


EVERYTHING = Part()


class Reach(NamedTuple):
    """What may be used: the parts of `only`, but for the parts of `but`."""

    only: tuple[Part, ...] = ()
    but: tuple[Part, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether it is nothing, whatever the server has."""
        return not self.only or EVERYTHING in self.but

    @property
    def everything(self) -> bool:
        """Whether it is everything, whatever the server has."""
        return EVERYTHING in self.only and not self.but

    def covers(self, target: Target) -> bool:
        """Tell whether the target may be used."""
        return _in(self.only, target) and not _in(self.but, target)


def reach(subject: Subject, server: Target, rules: Sequence[Rule]) -> Reach:
    """Return how far a subject reaches; `server` is any target of the server in question."""
    only = (
        (EVERYTHING,) if granted(subject, server, ()) else _parts(_allowing(subject, server, rules))
    )
    if EVERYTHING in only:
        only = (EVERYTHING,)
    denied = [rule for rule in rules if any(denials(subject, _named(server, rule), (rule,)))]
    return Reach(only, _parts(denied) if only else ())


def _allowing(subject: Subject, server: Target, rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if granted(subject, _named(server, rule), (rule,))]


def _named(server: Target, rule: Rule) -> Target:
    """Return a target that the rule speaks of: a pattern fits its own text."""
    return replace(server, name=rule.pattern, tags=frozenset({rule.tag} if rule.tag else ()))


def _parts(rules: Iterable[Rule]) -> tuple[Part, ...]:
    """Return what the rules speak of, each part once."""
    return tuple(dict.fromkeys(Part(rule.pattern, rule.tag) for rule in rules))


def _in(parts: Iterable[Part], target: Target) -> bool:
    return any(
        (part.tag is None or part.tag in target.tags) and matches(part.pattern, target.name)
        for part in parts
    )
