"""The smallest change that would alter an answer: found by trying, through the gate.

Smallest is what takes the fewest changes, and among those what opens least to others (or, for what is
allowed, closes least). Every table below names changes from the narrowest to the widest.
"""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count

from catalog.policy.checks.access import speaks_of
from catalog.policy.explaining.answering import answer, refusing
from catalog.policy.explaining.case import Case, Known
from catalog.policy.explaining.changes import Change, Do, after
from catalog.policy.explaining.lines import Check, Line

Changes = tuple[Change, ...]
TRIES = 400
"""Combinations tried for the smallest; beyond it the narrowest change of each line is taken."""


def smallest(case: Case) -> Changes:
    """Return the smallest change that alters the answer; nothing if no change here can."""
    if answer(case).allowed:
        return next(_narrowed(case), ())
    return _searched(case) or _straight(case)


def others(case: Case) -> tuple[Changes, ...]:
    """Return other ways to alter the answer, from the narrowest; the smallest is not among them."""
    ways = list(_narrowed(case)) if answer(case).allowed else list(_widened(case))
    first = frozenset(smallest(case))
    return tuple(way for way in dict.fromkeys(ways) if frozenset(way) != first)


def _narrowed(case: Case) -> Iterator[Changes]:
    """Yield each single change that refuses what is allowed."""
    for change in _narrowings(case):
        if not answer(after(case, (change,))).allowed:
            yield (change,)


def _narrowings(case: Case) -> Iterator[Change]:
    """Yield what might close it, for this person alone if there is one."""
    if case.anonymous:
        yield Change(Do.DENY_EVERYONE)
        return
    yield Change(Do.DENY_PERSON)
    target, subject = case.facts.target, case.facts.subject
    if target.team in subject.teams:
        yield Change(Do.LEAVE_TEAM, target.team)
    rule = answer(case).rule
    if rule is not None:
        yield Change(Do.DELETE_RULE, rule)


def _widened(case: Case) -> Iterator[Changes]:
    """Yield a way for each change that the refusing line could do with."""
    line = refusing(case)
    for change in _mends(case, line) if line else ():
        way = (change, *_searched(after(case, (change,))))
        if answer(after(case, way)).allowed:
            yield way


def _searched(case: Case) -> Changes:
    """Return the fewest changes that let it through, the narrowest of those; nothing if not found.

    Any way must mend the line that refuses, so each step tries that line's mends alone.
    """
    order = count()
    waiting: list[tuple[int, int, int, Changes]] = [(0, 0, next(order), ())]
    for _try in range(TRIES):
        if not waiting:
            break
        steps, width, _, done = heappop(waiting)
        then = after(case, done)
        line = refusing(then)
        if line is None:
            return done
        for wider, change in enumerate(_mends(then, line)):
            if change not in done:
                heappush(waiting, (steps + 1, width + wider, next(order), (*done, change)))
    return ()


def _straight(case: Case) -> Changes:
    """Return the narrowest change of each line that refuses, one after the other."""
    done: Changes = ()
    while line := refusing(after(case, done)):
        change = next((one for one in _mends(after(case, done), line) if one not in done), None)
        if change is None:
            return ()
        done = (*done, change)
    return done


def _mends(case: Case, line: Line) -> Iterator[Change]:
    """Yield what would mend a line."""
    return _MENDS[line.check](case, line)


def _one(do: Do) -> Callable[[Case, Line], Iterator[Change]]:
    return lambda case, line: iter((Change(do),))


def _client(case: Case, line: Line) -> Iterator[Change]:
    yield Change(Do.UNBLOCK_CLIENT if line.why == "blocked" else Do.APPROVE_CLIENT)


def _token(case: Case, line: Line) -> Iterator[Change]:
    yield Change(Do.MAKE_PUBLIC if case.anonymous else Do.CONNECT)


def _name(case: Case, line: Line) -> Iterator[Change]:
    """What is nowhere has to be made first."""
    if case.known == Known.WAITING:
        yield Change(Do.APPROVE_VERSION)
    elif case.known == Known.UNPUBLISHED:
        yield Change(Do.PUBLISH)


def _grant(case: Case, line: Line) -> Iterator[Change]:
    """Yield a rule for this name and person, the teams that are let in, and everybody."""
    if not case.anonymous:
        yield Change(Do.ALLOW_PERSON)
        yield from (Change(Do.JOIN_TEAM, team) for team in _teams_let_in(case))
    yield Change(Do.MAKE_PUBLIC)


def _teams_let_in(case: Case) -> Iterator[int]:
    """Yield the teams that a rule lets in, and the one that owns the server and is let in to all."""
    facts = case.facts
    allowing = (rule for rule in facts.rules if rule.effect == "allow" and rule.team is not None)
    teams = [rule.team for rule in allowing if speaks_of(rule, facts.target)]
    yield from (team for team in dict.fromkeys((*teams, facts.target.team)) if team is not None)


def _deny(case: Case, line: Line) -> Iterator[Change]:
    """Yield leaving the team that the rule is about, which opens it to nobody else, and its end."""
    rule = next(rule for rule in case.facts.rules if rule.id == line.rule)
    if rule.team is not None:
        yield Change(Do.LEAVE_TEAM, rule.team)
    yield Change(Do.DELETE_RULE, rule.id)


_MENDS: dict[Check, Callable[[Case, Line], Iterator[Change]]] = {
    Check.PERSON: _one(Do.ENABLE_PERSON),
    Check.CLIENT: _client,
    Check.TOKEN: _token,
    Check.SERVER: _one(Do.ENABLE_SERVER),
    Check.NAME: _name,
    Check.SOURCE: _one(Do.ENABLE_SOURCE),
    Check.ENTRY: _one(Do.ENABLE_ENTRY),
    Check.PRESENT: _one(Do.RESTORE),
    Check.GRANT: _grant,
    Check.DENY: _deny,
    Check.STOP: _one(Do.LIFT_STOP),
    Check.SCOPE: _one(Do.GRANT_SCOPE),
}
