"""How far teams and people reach: in words, and one server's things with the gate's word on each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from accounts.models import Membership, Team, User
from catalog.policy import Rule, Subject, Target, judge_access
from catalog.policy.explaining import Known
from catalog.policy.reach import reach
from servers.facts import rules_by_server
from servers.models import AccessRule, Server, ServerEntry
from servers.why.asking import Thing, target_of
from servers.why.words import reach_said

THINGS = 50
"""Things of one server on a page; their field searches the others."""


class Seen(NamedTuple):
    """Something on a server, whether it may be used, and where why is told."""

    kind: str
    name: str
    allowed: bool
    url: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """How far somebody reaches on one server, and the first of what is on it."""

    words: str
    things: tuple[Seen, ...]
    more: bool


def shelf_for(
    server: Server,
    subject: Subject,
    rules: Sequence[Rule],
    why: Callable[[str, str], str],
) -> Shelf:
    """Return how far a subject reaches on a server; `why` gives the address of each thing's answer."""
    rows = ServerEntry.objects.filter(server=server, entry__current__isnull=False)
    some = rows.select_related("entry__source", "entry__current").prefetch_related("entry__tags")
    found = list(some.order_by("position", "exposed_name")[: THINGS + 1])
    things = []
    for row in found[:THINGS]:
        target = target_of(server, Thing(Known.SERVED, row.kind, row.exposed_name, row.entry))
        allowed = judge_access(subject, target, rules).allowed
        things.append(Seen(row.kind, row.exposed_name, allowed, why(row.kind, row.exposed_name)))
    said = reach_said(reach(subject, server_target(server), rules))
    return Shelf(said, tuple(things), len(found) > THINGS)


def server_target(server: Server) -> Target:
    """Return any target of a server, with everything on."""
    public = server.visibility == Server.Visibility.PUBLIC
    return Target(name="", visibility="public" if public else "team", team=server.team_id)


class Cell(NamedTuple):
    """What one team, or anybody, may use on one server."""

    server: Server
    words: str

    @property
    def tone(self) -> str:
        """Return how the cell is marked beside its words."""
        return {"nothing": "none", "everything": "all"}.get(self.words, "some")


class MatrixRow(NamedTuple):
    """A team, or None for anyone without a token, and its cell for each server."""

    team: Team | None
    cells: tuple[Cell, ...]


def matrix(teams: Iterable[Team], servers: Sequence[Server]) -> list[MatrixRow]:
    """Return how far each team reaches on each server; one query for the rules, whatever the size.

    A team is judged as a member of it who is in no other: rules about single people say nothing here.
    """
    rules = rules_by_server(AccessRule.objects.filter(server__in=[row.pk for row in servers]))

    def cells(subject: Subject) -> tuple[Cell, ...]:
        return tuple(
            Cell(row, reach_said(reach(subject, server_target(row), rules[row.pk])))
            for row in servers
        )

    anyone = MatrixRow(None, cells(Subject()))
    return [anyone, *(MatrixRow(team, cells(_member(team))) for team in teams)]


def _member(team: Team) -> Subject:
    return Subject(teams=frozenset({team.pk}))


class PersonRow(NamedTuple):
    """A person and how far they reach on one server."""

    user: User
    teams: str
    words: str


def people_on(server: Server, people: Sequence[User]) -> list[PersonRow]:
    """Return how far each of the people reaches on a server: two queries, however many they are."""
    rules = rules_by_server(AccessRule.objects.filter(server=server))[server.pk]
    rows = Membership.objects.filter(user__in=people).select_related("team").order_by("team__name")
    teams: dict[int, list[Team]] = {}
    for row in rows:
        teams.setdefault(row.user_id, []).append(row.team)
    target = server_target(server)
    return [_person_row(user, teams.get(user.pk, []), target, rules) for user in people]


def _person_row(user: User, teams: list[Team], target: Target, rules: Sequence[Rule]) -> PersonRow:
    subject = Subject(user.pk, frozenset(team.pk for team in teams))
    words = reach_said(reach(subject, target, rules)) if user.is_active else "nothing: disabled"
    return PersonRow(user, ", ".join(team.name for team in teams), words)
