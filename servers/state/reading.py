"""A state file's values -> what it says: every key known, every value of its kind, nothing twice.

Each object is a table of keys with their readers; a key that is in no table is refused, since a
misspelt `rules` must not mean "leave the rules as they are".
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from accounts.models import Membership, User
from catalog.models import Entry, Source
from servers.errors import StateRefused
from servers.models import AccessRule, Server
from servers.models.origin import ORIGIN
from servers.models.server import MOST_CALLS, MOST_DAYS, SLUG
from servers.services.origins import as_browsers_say
from servers.state.desired import (
    Desired,
    DesiredEntry,
    DesiredMember,
    DesiredOrigin,
    DesiredRule,
    DesiredServer,
    DesiredSource,
    DesiredTeam,
    DesiredTrust,
    DesiredUser,
    DesiredWords,
)
from servers.state.document import Unreadable, Value, read_document
from servers.state.passwords import read_password

Reader = Callable[[Value], Any]
T = TypeVar("T")


def read_state(data: bytes, folder: Path) -> Desired:
    """Return what the file says; `folder` is where relative password files are looked for.

    Raises StateRefused with the line and the reason.
    """
    return Desired(**_record(read_document(data), _top_keys(folder), needs=()))


def text(value: Value) -> str:
    """Read text, without blanks around it: block text ends with a line break nobody means."""
    match value.content:
        case str() as content:
            return content.strip()
        case bool():
            kind = "true or false"
        case Unreadable(kind=kind):
            pass
        case dict():
            kind = "a mapping"
        case _:
            kind = "a list"
    hint = "" if kind in {"a list", "a mapping"} else "; put it in quotes"
    raise StateRefused(value.line, f"text is wanted here, and YAML reads {kind}{hint}")


def flag(value: Value) -> bool:
    """Read true or false."""
    if not isinstance(value.content, bool):
        raise StateRefused(value.line, "true or false is wanted here")
    return value.content


def said(value: Value) -> str:
    """Read text that is not empty."""
    if not (content := text(value)):
        raise StateRefused(value.line, "this may not be empty")
    return content


def username(value: Value) -> str:
    """Read a username, in the form in which it is stored."""
    return str(User.normalize_username(said(value)))


def email(value: Value) -> str:
    """Read an address of mail, in the form in which it is stored."""
    return str(User.objects.normalize_email(text(value)))


def whole(value: Value, most: int, wanted: str) -> int:
    """Read a whole number from 1 on; `wanted` says in the refusal what it may be."""
    match value.content:
        case Unreadable(typed=typed) if typed.isascii() and typed.isdigit() and typed[0] != "0":
            if len(typed) <= len(str(most)) and int(typed) <= most:
                return int(typed)
    raise StateRefused(value.line, f"a whole number from 1 to {most:,}{wanted} is wanted here")


def limit(value: Value) -> int:
    """Read a limit; 0 for none, since the file has a word for "no limit"."""
    return 0 if value.content == "none" else whole(value, MOST_CALLS, ", or none,")


def number(value: Value) -> int:
    """Read a number of which there must be one."""
    return whole(value, MOST_CALLS, "")


def days(value: Value) -> int:
    """Read a number of days, at most a year."""
    return whole(value, MOST_DAYS, "")


def one_of(choices: Iterable[str]) -> Callable[[Value], str]:
    """Return a reader of one of these words."""
    words = tuple(choices)

    def read(value: Value) -> str:
        content = text(value)
        if content not in words:
            raise StateRefused(value.line, f"one of {', '.join(words)} is wanted here")
        return content

    return read


def fitting(validator: RegexValidator, made: Callable[[str], str]) -> Callable[[Value], str]:
    """Return a reader of text that a model's validator takes."""

    def read(value: Value) -> str:
        content = made(text(value))
        try:
            validator(content)
        except ValidationError as error:
            raise StateRefused(value.line, error.messages[0]) from error
        return content

    return read


def list_of(
    read_one: Callable[[Value], T], identity: Callable[[T], object], what: str
) -> Callable[[Value], tuple[T, ...]]:
    """Return a reader of a list in which nothing stands twice; `what` names its items."""

    def read(value: Value) -> tuple[T, ...]:
        if not isinstance(value.content, list):
            raise StateRefused(value.line, f"a list of {what} is wanted here")
        seen: dict[object, T] = {}
        for item in value.content:
            one = read_one(item)
            if seen.setdefault(identity(one), one) is not one:
                raise StateRefused(item.line, f"this stands in the list of {what} already")
        return tuple(seen.values())

    return read


def _record(value: Value, keys: Mapping[str, Reader], needs: tuple[str, ...]) -> dict[str, Any]:
    """Read a mapping by its table of keys."""
    if not isinstance(value.content, dict):
        raise StateRefused(value.line, f"a mapping is wanted here, with {', '.join(keys)}")
    for key, item in value.content.items():
        if key not in keys:
            raise StateRefused(item.line, f"unknown key {key[:80]!r}; known are {', '.join(keys)}")
    for key in needs:
        if key not in value.content:
            raise StateRefused(value.line, f"{key!r} is missing")
    return {key: keys[key](item) for key, item in value.content.items()}


def _user(folder: Path) -> Callable[[Value], DesiredUser]:
    """Return the reader of a user."""

    def password(value: Value) -> str:
        return read_password(value.line, folder / said(value))

    keys = {**_USER, "password_file": password}

    def read(value: Value) -> DesiredUser:
        found = _record(value, keys, needs=("username",))
        found["password"] = found.pop("password_file", None)
        return DesiredUser(line=value.line, **found)

    return read


def _member(value: Value) -> DesiredMember:
    if isinstance(value.content, dict):
        return DesiredMember(line=value.line, **_record(value, _MEMBER, needs=("user",)))
    return DesiredMember(line=value.line, user=username(value))


def _team(value: Value) -> DesiredTeam:
    return DesiredTeam(line=value.line, **_record(value, _TEAM, needs=("name",)))


def _trust(value: Value) -> DesiredTrust:
    return DesiredTrust(line=value.line, **_record(value, _TRUST, needs=("source",)))


def _source(value: Value) -> DesiredSource:
    return DesiredSource(line=value.line, source=said(value))


def _entry(value: Value) -> DesiredEntry:
    found = _record(value, _ENTRY, needs=("source", "name"))
    found["exposed"] = found.pop("as", "")
    return DesiredEntry(line=value.line, **found)


def _words(value: Value) -> DesiredWords:
    return DesiredWords(line=value.line, **_record(value, _WORDS, needs=("source", "name")))


def _rule(value: Value) -> DesiredRule:
    found = _record(value, _RULE, needs=("effect",))
    everyone = found.pop("everyone", False)
    named = [key for key in ("team", "user") if key in found]
    if len(named) + everyone != 1:
        raise StateRefused(value.line, "a rule is for one of: team, user, everyone: true")
    if everyone and found["effect"] == AccessRule.Effect.ALLOW:
        raise StateRefused(value.line, "a rule that allows names a team or a user")
    return DesiredRule(line=value.line, **found)


def _server(value: Value) -> DesiredServer:
    return DesiredServer(line=value.line, **_record(value, _SERVER, needs=("slug",)))


def _origin(value: Value) -> DesiredOrigin:
    if isinstance(value.content, dict):
        return DesiredOrigin(line=value.line, **_record(value, _ORIGIN, needs=("origin",)))
    return DesiredOrigin(line=value.line, origin=_ORIGIN["origin"](value))


_USER: dict[str, Reader] = {
    "username": username,
    "email": email,
    "first_name": text,
    "last_name": text,
    "staff": flag,
    "superuser": flag,
    "active": flag,
}
_MEMBER: dict[str, Reader] = {"user": username, "role": one_of(Membership.Role.values)}
_TEAM: dict[str, Reader] = {
    "name": said,
    "description": text,
    "members": list_of(_member, lambda member: member.user, "members"),
}
_TRUST: dict[str, Reader] = {"source": said, "changes": one_of(Source.Changes.values)}
_ENTRY: dict[str, Reader] = {
    "source": said,
    "name": said,
    "kind": one_of(Entry.Kind.values),
    "as": said,
}
_WORDS: dict[str, Reader] = {
    "source": said,
    "name": said,
    "kind": one_of(Entry.Kind.values),
    "title": text,
    "description": text,
}
_RULE: dict[str, Reader] = {
    "effect": one_of(AccessRule.Effect.values),
    "team": said,
    "user": username,
    "everyone": flag,
    "names": said,
    "tag": said,
    "note": text,
}
_SERVER: dict[str, Reader] = {
    "slug": fitting(SLUG, str),
    "title": said,
    "description": text,
    "instructions": text,
    "visibility": one_of(Server.Visibility.values),
    "team": text,
    "enabled": flag,
    "discoverable": flag,
    "calls_per_minute": limit,
    "burst": limit,
    "jobs_of_one": number,
    "jobs_open": number,
    "listing": one_of(Server.Listing.values),
    "token_budget": limit,
    "recording": one_of(Server.Recording.values),
    "keep_days": days,
    "sources": list_of(_source, lambda source: source.source, "sources"),
    "entries": list_of(_entry, lambda entry: (entry.source, entry.kind, entry.name), "entries"),
    "rules": list_of(
        _rule, lambda rule: (rule.effect, rule.team, rule.user, rule.names, rule.tag), "rules"
    ),
}
_ORIGIN: dict[str, Reader] = {"origin": fitting(ORIGIN, as_browsers_say), "note": text}


def _top_keys(folder: Path) -> dict[str, Reader]:
    """Return the table of the file itself."""
    return {
        "users": list_of(_user(folder), lambda user: user.username, "users"),
        "teams": list_of(_team, lambda team: team.name, "teams"),
        "sources": list_of(_trust, lambda source: source.source, "sources"),
        "entries": list_of(_words, lambda entry: (entry.source, entry.kind, entry.name), "entries"),
        "servers": list_of(_server, lambda server: server.slug, "servers"),
        "origins": list_of(_origin, lambda origin: origin.origin, "origins"),
    }
