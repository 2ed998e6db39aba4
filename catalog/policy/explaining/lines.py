"""The lines that a call is judged by, in the order in which the hub goes through them.

Each is one row of CHECKS, and asks the gate's own function where the gate has one. All are looked at,
also those behind the one that refuses: what stands in the way twice is told twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from catalog.policy.checks.access import NO_ACCESS, denials, granted
from catalog.policy.checks.state import REFUSALS
from catalog.policy.explaining.case import Case, Known, Token
from catalog.policy.gate import judge_scope, judge_stop
from catalog.policy.verdict import Reason


class Check(StrEnum):
    """What a line is about."""

    PERSON = "person"
    CLIENT = "client"
    TOKEN = "token"
    SERVER = "server"
    NAME = "name"
    SOURCE = "source"
    ENTRY = "entry"
    PRESENT = "present"
    GRANT = "grant"
    DENY = "deny"
    STOP = "stop"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: whether it lets the call through, and why; `rule` is the access rule it is about.

    `why` is the trail's word where the gate decides, and the line's own elsewhere.
    """

    check: Check
    holds: bool
    why: str
    rule: int | None = None


_STATES = dict(zip((Check.SERVER, Check.SOURCE, Check.ENTRY, Check.PRESENT), REFUSALS, strict=True))


def _person(case: Case) -> Iterator[Line]:
    """Whether the person may do anything at all."""
    if case.anonymous:
        yield Line(Check.PERSON, True, "anonymous")
    else:
        yield Line(Check.PERSON, case.active, "active" if case.active else "disabled")


def _client(case: Case) -> Iterator[Line]:
    """Whether the client is let in; a blocked one may wait as well."""
    if case.blocked:
        yield Line(Check.CLIENT, False, "blocked")
    if not case.approved:
        yield Line(Check.CLIENT, False, "waits")


def _token(case: Case) -> Iterator[Line]:
    """Whether there is a token where one is needed."""
    if not case.anonymous:
        yield Line(Check.TOKEN, case.token != Token.LACKING, case.token)
    elif case.facts.target.visibility == "public":
        yield Line(Check.TOKEN, True, "not_needed")
    else:
        yield Line(Check.TOKEN, False, "no_token")


def _server(case: Case) -> Iterator[Line]:
    """Whether the server is on."""
    yield _state(case, Check.SERVER)


def _name(case: Case) -> Iterator[Line]:
    """Whether the server has something of this name."""
    yield Line(Check.NAME, case.known == Known.SERVED, case.known)


def _entry(case: Case) -> Iterator[Line]:
    """Whether it is there to be used."""
    if case.known != Known.NOWHERE:
        yield from (_state(case, check) for check in (Check.SOURCE, Check.ENTRY, Check.PRESENT))


def _state(case: Case, check: Check) -> Line:
    refuses, verdict = _STATES[check]
    off = refuses(case.facts.target)
    return Line(check, not off, verdict.reason if off else "on")


def _grant(case: Case) -> Iterator[Line]:
    """What lets the subject in."""
    facts = case.facts
    verdict = granted(facts.subject, facts.target, facts.rules) or NO_ACCESS
    yield Line(Check.GRANT, verdict.allowed, verdict.reason, verdict.rule)


def _deny(case: Case) -> Iterator[Line]:
    """The rules that deny it, each by itself."""
    facts = case.facts
    denied = [rule.id for rule in denials(facts.subject, facts.target, facts.rules)]
    for rule in denied:
        yield Line(Check.DENY, False, Reason.DENIED_BY_RULE, rule)
    if not denied:
        yield Line(Check.DENY, True, "none")


def _stop(case: Case) -> Iterator[Line]:
    """Whether somebody stopped what the call is about."""
    stop = case.facts.stop
    yield Line(Check.STOP, judge_stop(stop).allowed, "none" if stop is None else Reason.STOPPED)


def _scope(case: Case) -> Iterator[Line]:
    """Whether the token has the scope that is needed."""
    verdict = judge_scope(case.facts.scopes, case.facts.required_scope)
    yield Line(Check.SCOPE, verdict.allowed, verdict.reason)


DOOR: tuple[Callable[[Case], Iterator[Line]], ...] = (_person, _client, _token)
"""What is looked at before the gate: who fails here is answered 401."""
INSIDE: tuple[Callable[[Case], Iterator[Line]], ...] = (
    _server,
    _name,
    _entry,
    _grant,
    _deny,
    _stop,
    _scope,
)
"""What the snapshot and the gate look at, in their order; what the gate learns gets a row here."""


def at_door(case: Case) -> tuple[Line, ...]:
    """Return the lines before the gate."""
    return tuple(line for check in DOOR for line in check(case))


def lines(case: Case) -> tuple[Line, ...]:
    """Return every line, in the order in which the hub goes through them."""
    return at_door(case) + tuple(line for check in INSIDE for line in check(case))
