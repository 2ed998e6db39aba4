"""The part of a subject that can change a verdict on one server.

Verdicts are memoised by subject; with only this part as the key, a thousand people of one team
share one entry.
"""

from collections.abc import Iterable

from catalog.policy.facts import Rule, Subject


def relevant(subject: Subject, target_team: int | None, rules: Iterable[Rule]) -> Subject:
    """Return the subject reduced to what the server's owner team and its rules can tell apart."""
    rules = tuple(rules)
    teams = subject.teams & ({rule.team for rule in rules} | {target_team})
    named = any(rule.user == subject.user for rule in rules)
    return Subject(user=subject.user if named else None, teams=frozenset(teams))
