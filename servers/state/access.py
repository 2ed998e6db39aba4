"""Steps that make access rules and origins what the file says."""

from collections.abc import Iterator
from typing import Any

from servers.models import AccessRule, Server
from servers.state.desired import DesiredOrigin, DesiredRule, DesiredServer
from servers.state.known import Known
from servers.state.steps import Step

Identity = tuple[str, str, str, str, str]


def plan_rules(wanted: DesiredServer, known: Known) -> Iterator[Step]:
    """Yield what makes a server's list of rules complete."""
    if wanted.rules is None:
        return
    standing, doubled = _standing(known.servers.get(wanted.slug))
    for each in wanted.rules:
        args, what = _checked(each, known), f"rule on server {wanted.slug}: {_words(each)}"
        row = standing.pop(_identity(each), None)
        if row is None:
            args["slug"] = wanted.slug
            yield Step("create", what, each.line, "add_rule", args)
        elif row.note != each.note:
            yield Step("update", what, each.line, "update_rule", {"rule": row, "note": each.note})
    for row in (*standing.values(), *doubled):
        yield Step("remove", f"rule: {row}", wanted.line, "delete_rule", {"rule": row})


def plan_origin(wanted: DesiredOrigin, known: Known) -> Iterator[Step]:
    """Yield what lets an origin in, if it is not in yet."""
    if wanted.origin not in known.origins:
        args = {"origin": wanted.origin, "note": wanted.note}
        yield Step("create", f"origin {wanted.origin}", wanted.line, "allow_origin", args)


def _standing(server: Server | None) -> tuple[dict[Identity, AccessRule], list[AccessRule]]:
    """Return the server's rules by what they say, and those that say it again."""
    found: dict[Identity, AccessRule] = {}
    doubled: list[AccessRule] = []
    rows = server.rules.select_related("server", "team", "user", "tag") if server else ()
    for row in rows:
        if found.setdefault(_identity_of(row), row) is not row:
            doubled.append(row)
    return found, doubled


def _checked(wanted: DesiredRule, known: Known) -> dict[str, Any]:
    """Return what the rule says, with its tag's row; people and teams may come to be first."""
    return {
        "effect": wanted.effect,
        "team": known.check_team(wanted.line, wanted.team) if wanted.team else None,
        "user": known.check_user(wanted.line, wanted.user) if wanted.user else None,
        "pattern": wanted.names,
        "tag": known.tag(wanted.line, wanted.tag) if wanted.tag else None,
        "note": wanted.note,
    }


def _identity(wanted: DesiredRule) -> Identity:
    team, user, tag = wanted.team or "", wanted.user or "", wanted.tag or ""
    return (wanted.effect, team, user, wanted.names, tag)


def _identity_of(row: AccessRule) -> Identity:
    team = row.team.name if row.team else ""
    user = row.user.username if row.user else ""
    return (row.effect, team, user, row.pattern, row.tag.name if row.tag else "")


def _words(rule: DesiredRule) -> str:
    who = f"team {rule.team}" if rule.team else f"user {rule.user}" if rule.user else "everyone"
    tagged = f" tagged {rule.tag}" if rule.tag else ""
    return f"{rule.effect} {who} {rule.names}{tagged}"
