"""Who may use a server and why, in words: what it grants by itself, each rule, and nobody else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import Membership, User
from servers.models import AccessRule, Server

SHOWN = 200
"""Rules told on one page."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, the rule that says it, and how many people it is about where it is a team."""

    who: str
    what: str
    denies: bool = False
    rule: AccessRule | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """All of it; `people` may use something, or with `everyone` are those who may not."""

    said: tuple[Said, ...]
    more: int
    everyone: bool
    people: int


def audience(server: Server) -> Audience:
    """Return who may use a server; the same few queries, however many rules and people there are."""
    rules = AccessRule.objects.filter(server=server).order_by("pk")
    told = list(rules.select_related("server", "team", "user", "tag")[:SHOWN])
    members = _members({rule.team_id for rule in told if rule.team_id} | {server.team_id})
    everyone = server.visibility == Server.Visibility.PUBLIC
    return Audience(
        said=(*_itself(server, members), *(_said(rule, members) for rule in told)),
        more=rules.count() - SHOWN if len(told) == SHOWN else 0,
        everyone=everyone,
        people=_shut_out(rules).count() if everyone else _let_in(server, rules).count(),
    )


def _itself(server: Server, members: dict[int, int]) -> Iterator[Said]:
    """Yield what the server grants before any rule."""
    if server.visibility == Server.Visibility.PUBLIC:
        yield Said("Anyone", "may use everything on it, without a token")
    elif server.team is not None:
        people = members.get(server.team.pk, 0)
        yield Said(f"Members of team {server.team}", "may use everything on it", people=people)


def _said(rule: AccessRule, members: dict[int, int]) -> Said:
    """Return a rule as a sentence."""
    denies = rule.effect == AccessRule.Effect.DENY
    what, people = _what(rule, denies), None
    if rule.team is not None:
        who, people = f"Members of team {rule.team}", members.get(rule.team.pk, 0)
    elif rule.user is not None:
        who = rule.user.get_username()
    else:
        return Said("Nobody", f"may use {what}", denies, rule)
    return Said(who, f"{rule.get_effect_display()} {what}", denies, rule, people)


def _what(rule: AccessRule, denies: bool) -> str:
    """Return what a rule is about."""
    named = "" if rule.pattern == "*" else f"what is named {rule.pattern}"
    tagged = f"tagged {rule.tag}" if rule.tag else ""
    if named and tagged:
        return f"{named} and {tagged}"
    if tagged:
        return f"what is {tagged}"
    return named or ("anything on it" if denies else "everything on it")


def _members(teams: Iterable[int | None]) -> dict[int, int]:
    """Return how many active people are in each of these teams."""
    rows = Membership.objects.filter(team__in=[key for key in teams if key], user__is_active=True)
    counted = rows.order_by().values("team").annotate(number=Count("pk"))
    return dict(counted.values_list("team", "number"))


def _let_in(server: Server, rules: QuerySet[AccessRule]) -> QuerySet[User]:
    """Return the active people who may use something on a server that is not public."""
    allowing = rules.filter(effect=AccessRule.Effect.ALLOW)
    teams = Q(team=server.team_id) if server.team_id else Q(pk__in=())
    teams |= Q(team__in=allowing.filter(team__isnull=False).order_by().values("team"))
    members = Membership.objects.filter(teams).order_by().values("user")
    named = allowing.filter(user__isnull=False).order_by().values("user")
    people = User.objects.filter(Q(pk__in=members) | Q(pk__in=named), is_active=True)
    return people.exclude(pk__in=_shut_out(rules).order_by().values("pk"))


def _shut_out(rules: QuerySet[AccessRule]) -> QuerySet[User]:
    """Return the active people to whom a rule denies everything."""
    whole = rules.filter(effect=AccessRule.Effect.DENY, pattern="*", tag__isnull=True)
    people = User.objects.filter(is_active=True)
    if whole.filter(team__isnull=True, user__isnull=True).exists():
        return people
    teams = whole.filter(team__isnull=False).order_by().values("team")
    members = Membership.objects.filter(team__in=teams).order_by().values("user")
    named = whole.filter(user__isnull=False).order_by().values("user")
    return people.filter(Q(pk__in=members) | Q(pk__in=named))
