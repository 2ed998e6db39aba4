"""What can be changed about a case, and the case as it would be then.

A new kind of change is one more `Do`, one row in _AFTER, and one in the tables of `searching.py` that says
which line it would alter; above this room, its words (servers/why/words.py) and its link
(servers/admin/leads.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from catalog.policy.explaining.case import Case, Known, Token
from catalog.policy.facts import Rule, Subject

LONGEST_PATTERN = 128
"""Characters a rule's pattern has at most; longer names are named by how they begin."""


class Do(StrEnum):
    """A kind of change."""

    ENABLE_PERSON = "enable_person"
    UNBLOCK_CLIENT = "unblock_client"
    APPROVE_CLIENT = "approve_client"
    CONNECT = "connect"
    ENABLE_SERVER = "enable_server"
    APPROVE_VERSION = "approve_version"
    PUBLISH = "publish"
    ENABLE_SOURCE = "enable_source"
    ENABLE_ENTRY = "enable_entry"
    RESTORE = "restore"
    ALLOW_PERSON = "allow_person"
    JOIN_TEAM = "join_team"
    MAKE_PUBLIC = "make_public"
    DELETE_RULE = "delete_rule"
    LEAVE_TEAM = "leave_team"
    LIFT_STOP = "lift_stop"
    GRANT_SCOPE = "grant_scope"
    DENY_PERSON = "deny_person"
    DENY_EVERYONE = "deny_everyone"


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `about` is the id of the rule or team it is about, where it is about one."""

    do: Do
    about: int | None = None


def after(case: Case, changes: tuple[Change, ...]) -> Case:
    """Return the case as it would be with the changes made."""
    for change in changes:
        case = _AFTER[change.do](case, change.about)
    return case


def pattern_of(name: str) -> str:
    """Return the narrowest pattern that a rule can have and that fits the name."""
    return name if len(name) <= LONGEST_PATTERN else name[: LONGEST_PATTERN - 1] + "*"


def _plain(**fields: Any) -> Callable[[Case, int | None], Case]:
    """Return the change of these fields of a case."""
    return lambda case, about: replace(case, **fields)


def _target(**fields: Any) -> Callable[[Case, int | None], Case]:
    """Return the change of these facts of what is called."""

    def changed(case: Case, about: int | None) -> Case:
        target = replace(case.facts.target, **fields)
        return replace(case, facts=replace(case.facts, target=target))

    return changed


def _with_rule(effect: Any, *, person: bool) -> Callable[[Case, int | None], Case]:
    """Return the change that adds a rule about this name, for the person or for everyone."""

    def changed(case: Case, about: int | None) -> Case:
        facts = case.facts
        user = facts.subject.user if person else None
        rule = Rule(0, effect, user=user, pattern=pattern_of(facts.target.name))
        return replace(case, facts=replace(facts, rules=(*facts.rules, rule)))

    return changed


def _without_rule(case: Case, about: int | None) -> Case:
    rules = tuple(rule for rule in case.facts.rules if rule.id != about)
    return replace(case, facts=replace(case.facts, rules=rules))


def _joined(case: Case, about: int | None) -> Case:
    subject = case.facts.subject
    return _in_teams(case, subject.teams | {team for team in (about,) if team is not None})


def _left(case: Case, about: int | None) -> Case:
    return _in_teams(case, frozenset(team for team in case.facts.subject.teams if team != about))


def _in_teams(case: Case, teams: frozenset[int]) -> Case:
    subject = Subject(case.facts.subject.user, teams)
    return replace(case, facts=replace(case.facts, subject=subject))


def _lifted(case: Case, about: int | None) -> Case:
    return replace(case, facts=replace(case.facts, stop=None))


def _scoped(case: Case, about: int | None) -> Case:
    scopes = case.facts.scopes | {case.facts.required_scope}
    return replace(case, facts=replace(case.facts, scopes=scopes))


def _connected(case: Case, about: int | None) -> Case:
    """A person who connects a client gives it what the call needs."""
    return replace(_scoped(case, about), token=Token.WORKS)


_AFTER: dict[Do, Callable[[Case, int | None], Case]] = {
    Do.ENABLE_PERSON: _plain(active=True),
    Do.UNBLOCK_CLIENT: _plain(blocked=False),
    Do.APPROVE_CLIENT: _plain(approved=True),
    Do.CONNECT: _connected,
    Do.ENABLE_SERVER: _target(server_enabled=True),
    Do.APPROVE_VERSION: _plain(known=Known.SERVED),
    Do.PUBLISH: _plain(known=Known.SERVED),
    Do.ENABLE_SOURCE: _target(source_enabled=True),
    Do.ENABLE_ENTRY: _target(enabled=True),
    Do.RESTORE: _target(missing=False),
    Do.ALLOW_PERSON: _with_rule("allow", person=True),
    Do.JOIN_TEAM: _joined,
    Do.MAKE_PUBLIC: _target(visibility="public"),
    Do.DELETE_RULE: _without_rule,
    Do.LEAVE_TEAM: _left,
    Do.LIFT_STOP: _lifted,
    Do.GRANT_SCOPE: _scoped,
    Do.DENY_PERSON: _with_rule("deny", person=True),
    Do.DENY_EVERYONE: _with_rule("deny", person=False),
}
