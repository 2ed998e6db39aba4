"""Steps that make users, teams and memberships what the file says."""

from collections.abc import Iterator
from dataclasses import asdict

from django.contrib.auth.hashers import check_password

from accounts.models import Team, User
from accounts.services import Person
from servers.state.desired import DesiredTeam, DesiredUser
from servers.state.known import Known
from servers.state.steps import Step

PERSON_FIELDS = {
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name",
    "is_staff": "staff",
    "is_superuser": "superuser",
}


def plan_user(wanted: DesiredUser, known: Known) -> Iterator[Step]:
    """Yield what makes a person what the file says."""
    row, line, name = known.users.get(wanted.username), wanted.line, wanted.username
    person = _person(wanted, row)
    if row is None:
        args = {"person": person, "password": wanted.password}
        yield Step("create", f"user {name}", line, "create_user", args)
    elif changed := _changed(person, row):
        args = {"user": name, "person": person}
        yield Step("update", f"user {name}: {', '.join(changed)}", line, "update_user", args)
    if row is not None and _other_password(wanted.password, row):
        args = {"user": name, "password": wanted.password}
        yield Step("update", f"user {name}: password", line, "set_password", args)
    if wanted.active not in (None, row.is_active if row else True):
        verb, word = ("enable_user", "active") if wanted.active else ("disable_user", "not active")
        yield Step("update", f"user {name}: {word}", line, verb, {"user": name})


def plan_team(wanted: DesiredTeam, known: Known) -> Iterator[Step]:
    """Yield what makes a team and its members what the file says."""
    row, line, name = known.teams.get(wanted.name), wanted.line, wanted.name
    args = {"name": name, "description": wanted.description or ""}
    if row is None:
        yield Step("create", f"team {name}", line, "create_team", args)
    elif wanted.description not in (None, row.description):
        yield Step("update", f"team {name}: description", line, "update_team", args)
    if wanted.members is not None:
        yield from _plan_members(wanted, row, known)


def _plan_members(wanted: DesiredTeam, row: Team | None, known: Known) -> Iterator[Step]:
    """Yield what makes the list of members complete."""
    roles = _roles(row)
    for member in wanted.members or ():
        user = known.check_user(member.line, member.user)
        args = {"team": wanted.name, "user": user, "role": member.role}
        what = f"member {user} of team {wanted.name} as {member.role}"
        now = roles.pop(user, None)
        if now is None:
            yield Step("create", what, member.line, "add_member", args)
        elif now != member.role:
            yield Step("update", what, member.line, "change_role", args)
    for user in roles:
        what = f"member {user} of team {wanted.name}"
        args = {"team": wanted.name, "user": user}
        yield Step("remove", what, wanted.line, "remove_member", args)


def _roles(team: Team | None) -> dict[str, str]:
    """Return who is in the team, as what."""
    if team is None:
        return {}
    return dict(team.memberships.values_list("user__username", "role"))


def _person(wanted: DesiredUser, row: User | None) -> Person:
    """Return the person as they should be: what the file says, else what stands."""
    person = Person(wanted.username)
    fields = {name: getattr(row or person, name) for name in PERSON_FIELDS}
    for name, key in PERSON_FIELDS.items():
        if (value := getattr(wanted, key)) is not None:
            fields[name] = value
    return Person(wanted.username, **fields)


def _changed(person: Person, row: User) -> list[str]:
    """Return the keys whose values differ."""
    values = asdict(person)
    return [key for name, key in PERSON_FIELDS.items() if values[name] != getattr(row, name)]


def _other_password(password: str | None, row: User) -> bool:
    """Tell whether the file names a password that the person does not have."""
    return password is not None and not check_password(password, row.password)
