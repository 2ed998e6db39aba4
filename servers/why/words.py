"""An explanation in words: one table for the lines, one for the changes."""

from collections.abc import Iterable, Mapping

from accounts.models import IssuedToken, Team
from accounts.scopes import least
from catalog.policy.explaining import Change, Check, Do, Explanation, Line
from catalog.policy.explaining.changes import pattern_of
from catalog.policy.reach import EVERYTHING, Part, Reach
from servers.models import AccessRule
from servers.why.asking import Asked, Through

ANYONE = "anyone"
LINES: dict[tuple[Check, str], str] = {
    (Check.PERSON, "anonymous"): "Nobody in particular asks.",
    (Check.PERSON, "active"): "{person} may log in and call.",
    (Check.PERSON, "disabled"): "{person} is disabled: nothing of theirs opens anything.",
    (Check.CLIENT, "blocked"): "The client {through} is blocked: its tokens are refused.",
    (Check.CLIENT, "waits"): "The client {through} waits for approval.",
    (Check.TOKEN, "unsaid"): "A token for {server} is needed; no client or token was named.",
    (Check.TOKEN, "works"): "{through} has a token of {person} for {server}.",
    (Check.TOKEN, "lacking"): "{through} has no token of {person} for {server} that works.",
    (Check.TOKEN, "not_needed"): "No token is needed: {server} is public.",
    (Check.TOKEN, "no_token"): "There is no token, and {server} is not public.",
    (Check.SERVER, "on"): "The server {server} is on.",
    (Check.SERVER, "server_disabled"): "The server {server} is switched off.",
    (Check.NAME, "served"): "{server} has the {kind} {name}.",
    (Check.NAME, "waiting"): "No version of the {kind} {name} is approved.",
    (Check.NAME, "unpublished"): "The {kind} {name} is in the catalog, but not on {server}.",
    (Check.NAME, "nowhere"): "Nothing is called {name}, here or in the catalog.",
    (Check.SOURCE, "on"): "Its source {source} is on.",
    (Check.SOURCE, "disabled"): "Its source {source} is switched off.",
    (Check.ENTRY, "on"): "The {kind} {name} is on.",
    (Check.ENTRY, "disabled"): "The {kind} {name} is switched off.",
    (Check.PRESENT, "on"): "Its source still offers it.",
    (Check.PRESENT, "missing"): "Its source {source} no longer offers it.",
    (Check.GRANT, "public"): "{server} is public: anyone may use it.",
    (Check.GRANT, "team"): "{person} is in the team {owner}, which owns {server}.",
    (Check.GRANT, "rule"): "An access rule lets them in: {rule}.",
    (Check.GRANT, "no_access"): "Nothing lets {person} in: no team, and no access rule.",
    (Check.DENY, "none"): "No access rule denies it.",
    (Check.DENY, "denied_by_rule"): "An access rule denies it: {rule}.",
    (Check.STOP, "none"): "Nothing it is about is stopped.",
    (Check.STOP, "stopped"): "It is stopped ({stopped}): {reason}",
    (Check.SCOPE, "scope"): "{scope_held}",
    (Check.SCOPE, "insufficient_scope"): "It needs the scope {scope}; the token has {held}.",
}
"""What a line says, by what it is about and why; `{name}` and the like are texts of people."""

CHANGES: dict[Do, str] = {
    Do.ENABLE_PERSON: "Let {person} log in and call again.",
    Do.UNBLOCK_CLIENT: "Let the client {through} in again.",
    Do.APPROVE_CLIENT: "Approve the client {through}.",
    Do.CONNECT: "{person} allows {through} to use {server}, with the scope {scope}.",
    Do.ENABLE_SERVER: "Switch the server {server} on.",
    Do.APPROVE_VERSION: "Approve a version of the {kind} {name}.",
    Do.PUBLISH: "Put the {kind} {name} on {server}.",
    Do.ENABLE_SOURCE: "Switch the source {source} on.",
    Do.ENABLE_ENTRY: "Switch the {kind} {name} on.",
    Do.RESTORE: "Bring the {kind} {name} back in its source {source}.",
    Do.ALLOW_PERSON: "Add an access rule: {person} may use {pattern} on {server}.",
    Do.JOIN_TEAM: "Put {person} into the team {team}.",
    Do.MAKE_PUBLIC: "Make {server} public: anyone may then use it, without a token.",
    Do.DELETE_RULE: "Delete the access rule “{rule}”.",
    Do.LEAVE_TEAM: "Take {person} out of the team {team}.",
    Do.LIFT_STOP: "Lift the stop ({stopped}).",
    Do.GRANT_SCOPE: "{person} gives {through} the scope {scope} on {server}.",
    Do.DENY_PERSON: "Add an access rule: {person} may not use {pattern} on {server}.",
    Do.DENY_EVERYONE: "Add an access rule: nobody may use {pattern} on {server}.",
}
"""What a change is, said as what is to be done."""


class Words:
    """The words of one explanation; the names of its rules and teams are read once."""

    def __init__(self, asked: Asked, told: Explanation) -> None:
        self._told = told
        self._rules = _rules(told)
        self._teams = _teams(asked, told)
        self._names = _names(asked, told)

    def line(self, line: Line) -> str:
        """Say one line."""
        rule = self._rules.get(line.rule or 0, "a rule")
        owner = self._teams.get(self._told.case.facts.target.team or 0, "")
        names = {**self._names, "rule": rule, "owner": owner}
        return _sentence(LINES[line.check, line.why], names)

    def change(self, change: Change) -> str:
        """Say one change."""
        about = change.about or 0
        rule, team = self._rules.get(about, "a rule"), self._teams.get(about, "a team")
        return _sentence(CHANGES[change.do], {**self._names, "rule": rule, "team": team})

    def answer(self) -> str:
        """Say the whole answer."""
        may = "may" if self._told.answer.allowed else "may not"
        return _sentence(f"{{who}} {may} {{verb}} {{name}} on {{server}}.", self._names)


VERBS = {"tool": "call", "resource": "read", "template": "read", "prompt": "fetch"}


def _sentence(text: str, names: Mapping[str, str]) -> str:
    """Return a sentence of the tables with the names in it, as they stand; nothing in them is read."""
    said = text.format_map(names)
    return said[:1].upper() + said[1:] if text.startswith("{through}") else said


def through_said(through: Through | None) -> str:
    """Name what somebody comes through."""
    if isinstance(through, IssuedToken):
        return f"the token “{through.name}”"
    return str(through) if through else "a client"


def _names(asked: Asked, told: Explanation) -> dict[str, str]:
    """Return the names that every sentence may use."""
    facts, person = told.case.facts, asked.user.username if asked.user else ANYONE
    scope, named = facts.required_scope, asked.user is None or asked.through is not None
    held = "no token is needed" if asked.user is None else "the token has it"
    entry = asked.thing.entry
    return {
        "person": person,
        "who": person if asked.user else "Anyone without a token",
        "through": through_said(asked.through),
        "server": asked.server.slug,
        "kind": asked.thing.kind,
        "verb": VERBS[asked.thing.kind],
        "name": asked.thing.name,
        "source": entry.source.name if entry else "mcphub",
        "scope": scope,
        "stopped": facts.stop.kind if facts.stop else "",
        "reason": facts.stop.reason if facts.stop else "",
        "scope_held": f"It needs the scope {scope}, {held}."
        if named
        else f"It needs the scope {scope} of the token.",
        "held": ", ".join(least(facts.scopes)) or "none",
        "pattern": pattern_of(facts.target.name),
    }


def _rules(told: Explanation) -> Mapping[int, str]:
    """Return the rules that the explanation names, in words."""
    wanted = {line.rule for line in told.lines if line.rule} | _about(told, Do.DELETE_RULE)
    rows = AccessRule.objects.filter(pk__in=wanted)
    return {row.pk: str(row) for row in rows.select_related("server", "team", "user", "tag")}


def _teams(asked: Asked, told: Explanation) -> Mapping[int, str]:
    """Return the names of the teams that the explanation names."""
    owner = {asked.server.team_id} if asked.server.team_id else set()
    wanted = _about(told, Do.JOIN_TEAM, Do.LEAVE_TEAM) | owner
    return dict(Team.objects.filter(pk__in=wanted).values_list("pk", "name"))


def _about(told: Explanation, *kinds: Do) -> set[int]:
    changes = [change for way in (told.changes, *told.others) for change in way]
    return {change.about for change in changes if change.do in kinds and change.about}


def reach_said(found: Reach) -> str:
    """Say how far somebody reaches: "everything", "everything but delete_*", "only x_*", "nothing"."""
    if found.nothing:
        return "nothing"
    only = "everything" if EVERYTHING in found.only else f"only {_parts_said(found.only)}"
    return f"{only} but {_parts_said(found.but)}" if found.but else only


def _parts_said(parts: Iterable[Part]) -> str:
    return ", ".join(_part_said(part) for part in parts)


def _part_said(part: Part) -> str:
    if part.tag is None:
        return part.pattern
    return f"what is tagged {part.tag}" + ("" if part.pattern == "*" else f" and is {part.pattern}")
