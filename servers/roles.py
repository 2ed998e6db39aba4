"""What a role in a team opens in the admin: the one table, by model and verb.

Whoever holds a role but `member` somewhere may enter the admin; without a permission they see and change
there what stands here, of their own teams, and nothing else. Services judge each change by themselves.
"""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.db.models import Q

from accounts.models import Membership, Team
from servers.models import Server

Role = Membership.Role
CURATING = (Role.ADMIN, Role.CURATOR)
AUDITING = (Role.ADMIN, Role.AUDITOR)
WORKING = (Role.ADMIN, Role.CURATOR, Role.AUDITOR)
"""Who has something to do in the admin."""
Teams = Collection[int]


class Opens(NamedTuple):
    """The roles that open rows, and which rows of these teams."""

    roles: tuple[str, ...]
    rows: Callable[[Teams], Q]


def _by(path: str) -> Callable[[Teams], Q]:
    """Return the rows whose team, along a path, is one of them."""
    return lambda teams: Q(**{f"{path}__in": teams})


def _events(teams: Teams) -> Q:
    """Return the events of the servers that the teams have; the servers are what there is an index for."""
    ids = [
        str(each) for each in Team.objects.filter(pk__in=teams).values_list("public_id", flat=True)
    ]
    slugs = list(Server.objects.filter(team__in=teams).values_list("slug", flat=True))
    return Q(team__in=ids, server__in=slugs)


TABLE: dict[str, dict[str, Opens]] = {
    "accounts.team": {
        "view": Opens((Role.ADMIN,), _by("pk")),
        "change": Opens((Role.ADMIN,), _by("pk")),
    },
    "catalog.source": {
        "view": Opens(CURATING, _by("team")),
        "change": Opens(CURATING, _by("team")),
    },
    "catalog.entry": {
        "view": Opens(CURATING, _by("source__team")),
        "change": Opens(CURATING, _by("source__team")),
    },
    "catalog.entryversion": {"view": Opens(CURATING, _by("entry__source__team"))},
    "servers.server": {"view": Opens(WORKING, _by("team"))},
    "servers.job": {"view": Opens(WORKING, _by("server__team"))},
    "servers.sseclient": {"view": Opens(WORKING, _by("server__team"))},
    "monitoring.auditevent": {"view": Opens(AUDITING, _events)},
}


def opened(user: Any, model: str, verb: str) -> Q | None:
    """Return which rows of a model this person's roles open, None if none do."""
    opens = TABLE.get(model, {}).get(verb)
    if opens is None:
        return None
    teams = {team for role in opens.roles for team in _held(user).get(role, ())}
    return opens.rows(teams) if teams else None


def enters(user: Any) -> bool:
    """Tell whether somebody may enter the admin: staff, and who has work to do there for a team."""
    return bool(user.is_active and (user.is_staff or _held(user)))


def _held(user: Any) -> dict[str, set[int]]:
    """Return the teams of a person by what they are there, read once a request; a member is nothing."""
    if not (user.is_authenticated and user.is_active):
        return {}
    held: dict[str, set[int]] | None = getattr(user, "_roles_held", None)
    if held is None:
        held = {}
        rows = Membership.objects.filter(user=user, role__in=WORKING).order_by()
        for role, team in rows.values_list("role", "team_id"):
            held.setdefault(role, set()).add(team)
        user._roles_held = held
    return held
