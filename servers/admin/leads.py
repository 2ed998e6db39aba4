"""Where the lines of an explanation, and the changes it suggests, lead in the admin: two tables."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import IssuedToken
from catalog.policy.explaining import Change, Check, Do
from catalog.policy.explaining.changes import pattern_of
from servers.why.asking import Asked
from servers.why.telling import Row

NOTE = "After asking why"


@dataclass(frozen=True, slots=True)
class Lead:
    """A link; `lacking` is the permission that this person would need to do it there."""

    label: str
    url: str
    lacking: bool = False


def of_line(user: Any, asked: Asked, row: Row) -> Lead | None:
    """Return the page of what a line is about, for who may see it."""
    found = _LINES[row.check](asked, row) if row.check in _LINES else None
    if found is None:
        return None
    model, key, label = found
    room, _, name = model.partition(".")
    kind = "entry" if room == "catalog" and name != "source" else name
    if not any(user.has_perm(f"{room}.{verb}_{kind}") for verb in ("view", "change")):
        return None
    return Lead(label, _change(model, key))


def _change(model: str, key: Any, **query: Any) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_change", args=[key], query=query)


About = tuple[str, Any, str] | None
"""A model, a key and what the link is called."""


def _person(asked: Asked, row: Row) -> About:
    return ("accounts.user", asked.user.pk, "The person") if asked.user else None


def _client(asked: Asked, row: Row) -> About:
    if asked.through is None:
        return None
    if isinstance(asked.through, IssuedToken):
        return "accounts.issuedtoken", asked.through.pk, "The token"
    return "accounts.oauthclient", asked.through.pk, "The client"


def _server(asked: Asked, row: Row) -> About:
    return "servers.server", asked.server.pk, "The server"


def _source(asked: Asked, row: Row) -> About:
    entry = asked.thing.entry
    return ("catalog.source", entry.source_id, "The source") if entry else None


def _entry(asked: Asked, row: Row) -> About:
    entry = asked.thing.entry
    return (f"catalog.{entry.kind}", entry.pk, f"The {entry.kind}") if entry else None


def _grant(asked: Asked, row: Row) -> About:
    if row.rule is not None:
        return "servers.accessrule", row.rule, "The rule"
    if row.why == "team" and asked.server.team_id:
        return "accounts.team", asked.server.team_id, "The team"
    return None


def _rule(asked: Asked, row: Row) -> About:
    return ("servers.accessrule", row.rule, "The rule") if row.rule else None


_LINES: dict[Check, Callable[[Asked, Row], About]] = {
    Check.PERSON: _person,
    Check.CLIENT: _client,
    Check.TOKEN: _client,
    Check.SERVER: _server,
    Check.NAME: _entry,
    Check.SOURCE: _source,
    Check.GRANT: _grant,
    Check.DENY: _rule,
}


def of_change(user: Any, asked: Asked, change: Change, back: str) -> Lead | None:
    """Return where a change is made; None for what a person does in their own client.

    `back` is the question, which a form that was saved leads back to.
    """
    label, permission, address = _CHANGES[change.do]
    url = address(asked, change, back)
    return Lead(label, url, lacking=not user.has_perm(permission)) if url else None


def _page(of: Callable[[Asked, Any], About]) -> Callable[[Asked, Change, str], str]:
    """Return the page that a line about the same leads to."""

    def url(asked: Asked, change: Change, back: str) -> str:
        found = of(asked, change)
        return _change(found[0], found[1]) if found else ""

    return url


def _waiting_url(asked: Asked, change: Change, back: str) -> str:
    return reverse("admin:catalog_entryversion_waiting")


def _client_url(asked: Asked, change: Change, back: str) -> str:
    return _change("accounts.oauthclient", asked.through.pk) if asked.through else ""


def _token_url(asked: Asked, change: Change, back: str) -> str:
    """A client asks its person; a token is made anew."""
    if asked.user is None or not isinstance(asked.through, IssuedToken):
        return ""
    return reverse("admin:accounts_issuedtoken_add", query={"user": asked.user.pk})


def _publish_url(asked: Asked, change: Change, back: str) -> str:
    query = {"q": asked.thing.name[:128]}
    return reverse("admin:servers_server_publish", args=[asked.server.pk], query=query)


def _rule_url(effect: str, *, person: bool) -> Callable[[Asked, Change, str], str]:
    """Return the form for a new rule, filled in."""

    def url(asked: Asked, change: Change, back: str) -> str:
        query = {"server": asked.server.pk, "effect": effect, "note": NOTE, "why": back}
        query["pattern"] = pattern_of(asked.thing.name)
        if person and asked.user:
            query["user"] = asked.user.pk
        return reverse("admin:servers_accessrule_add", query=query)

    return url


def _join_url(asked: Asked, change: Change, back: str) -> str:
    return _change("accounts.team", change.about, join=asked.user.pk) if asked.user else ""


def _leave_url(asked: Asked, change: Change, back: str) -> str:
    return _change("accounts.team", change.about)


def _end_rule_url(asked: Asked, change: Change, back: str) -> str:
    return reverse("admin:servers_accessrule_delete", args=[change.about], query={"why": back})


def _stops_url(asked: Asked, change: Change, back: str) -> str:
    return reverse("admin:servers_stop_changelist")


_CHANGES: dict[Do, tuple[str, str, Callable[[Asked, Change, str], str]]] = {
    Do.ENABLE_PERSON: ("Open the person", "accounts.change_user", _page(_person)),
    Do.UNBLOCK_CLIENT: ("Open the client", "accounts.change_oauthclient", _client_url),
    Do.APPROVE_CLIENT: ("Open the client", "accounts.change_oauthclient", _client_url),
    Do.CONNECT: ("Mint a token", "accounts.add_issuedtoken", _token_url),
    Do.ENABLE_SERVER: ("Open the server", "servers.change_server", _page(_server)),
    Do.APPROVE_VERSION: ("Open what waits", "catalog.change_entry", _waiting_url),
    Do.PUBLISH: ("Publish it", "servers.change_server", _publish_url),
    Do.ENABLE_SOURCE: ("Open the source", "catalog.change_source", _page(_source)),
    Do.ENABLE_ENTRY: ("Open it", "catalog.change_entry", _page(_entry)),
    Do.RESTORE: ("Open the source", "catalog.view_source", _page(_source)),
    Do.ALLOW_PERSON: ("Add this rule", "servers.add_accessrule", _rule_url("allow", person=True)),
    Do.JOIN_TEAM: ("Open the team", "accounts.change_team", _join_url),
    Do.MAKE_PUBLIC: ("Open the server", "servers.change_server", _page(_server)),
    Do.DELETE_RULE: ("Delete this rule…", "servers.delete_accessrule", _end_rule_url),
    Do.LEAVE_TEAM: ("Open the team", "accounts.change_team", _leave_url),
    Do.LIFT_STOP: ("Open the stops", "servers.delete_stop", _stops_url),
    Do.GRANT_SCOPE: ("Mint a token", "accounts.add_issuedtoken", _token_url),
    Do.DENY_PERSON: ("Add this rule", "servers.add_accessrule", _rule_url("deny", person=True)),
    Do.DENY_EVERYONE: ("Add this rule", "servers.add_accessrule", _rule_url("deny", person=False)),
}
"""A change -> what its link is called, the permission that making it takes, and where that is done."""
