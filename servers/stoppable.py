"""What can be stopped: how each kind is searched for, found by its name, and named in words.

One row of the table a kind; the admin's pages, the command line and the bar on top of the admin's pages
stand on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q, QuerySet

from accounts.models import OAuthClient, User
from catalog.models import Entry, Source
from monitoring.asked import key, uuid_of, words
from servers.models import Server, Stop

LONGEST_QUERY = 128


@dataclass(frozen=True, slots=True)
class Stoppable:
    """One kind of thing that can be stopped.

    `permissions`: any of them lets somebody see, and so search, these things. `named` are the fields
    that hold a whole name, `searched` those that a search looks into. `second` says what tells two
    things of one name apart.
    """

    word: str
    permissions: tuple[str, ...]
    rows: Callable[[], QuerySet[Any]]
    named: tuple[str, ...]
    searched: tuple[str, ...]
    second: Callable[[Any], str]


STOPPABLE: dict[str, Stoppable] = {
    Stop.Kind.SERVER: Stoppable(
        "server",
        ("servers.view_server", "servers.change_server"),
        lambda: Server.objects.order_by("slug"),
        ("slug",),
        ("slug", "title"),
        lambda row: str(row.path),
    ),
    Stop.Kind.SOURCE: Stoppable(
        "source",
        ("catalog.view_source", "catalog.change_source"),
        lambda: Source.objects.order_by("name", "pk"),
        ("key", "name"),
        ("key", "name"),
        lambda row: str(row.key),
    ),
    Stop.Kind.ENTRY: Stoppable(
        "tool, resource, template or prompt",
        ("catalog.view_entry", "catalog.change_entry"),
        lambda: Entry.objects.select_related("source").order_by("name", "pk"),
        ("name",),
        ("name", "source__name"),
        lambda row: f"{row.get_kind_display()} of {row.source.name}",
    ),
    Stop.Kind.USER: Stoppable(
        "person",
        ("accounts.view_user", "accounts.change_user"),
        lambda: User.objects.order_by("username"),
        ("username",),
        ("username", "first_name", "last_name", "email"),
        lambda row: str(row.get_full_name()),
    ),
    Stop.Kind.CLIENT: Stoppable(
        "client",
        ("accounts.view_oauthclient", "accounts.change_oauthclient"),
        lambda: OAuthClient.objects.order_by("name", "pk"),
        ("name", "client_id"),
        ("name", "client_id"),
        lambda row: str(row.client_id),
    ),
}


def may_see(user: User, kind: str) -> bool:
    """Tell whether somebody may see the things of a kind, and so search them."""
    return any(user.has_perm(name) for name in STOPPABLE[kind].permissions)


def search(kind: str, query: str) -> QuerySet[Any]:
    """Return the things of a kind that have each word of the query somewhere in their names."""
    stoppable = STOPPABLE[kind]
    rows = stoppable.rows()
    for word in words(query, LONGEST_QUERY).split():
        rows = rows.filter(_any(stoppable.searched, "icontains", word))
    return rows


def named(kind: str, name: str, /, **more: str) -> list[Any]:
    """Return the things of a kind with exactly this name, at most two: one may be stopped.

    A tool may be named with its source, SOURCE/NAME; each by its public id too. `more` narrows.
    """
    stoppable, name = STOPPABLE[kind], name.replace("\0", "")
    asked = _any(stoppable.named, "exact", name)
    if kind == Stop.Kind.ENTRY:
        source, _, rest = name.partition("/")
        asked |= Q(name=rest) & (Q(source__name=source) | Q(source__key=source))
    if (public_id := uuid_of(name)) is not None:
        asked |= Q(public_id=public_id)
    return list(stoppable.rows().filter(asked, **more)[:2])


def picked(kind: str, said: str) -> Model | None:
    """Return the thing that a page's address names, by its key or else by its whole name."""
    if (number := key(said)) is not None:
        row: Model | None = STOPPABLE[kind].rows().filter(pk=number).first()
        if row is not None:
            return row
    found = named(kind, said)
    return found[0] if len(found) == 1 else None


def in_words(stop: Stop) -> str:
    """Return what is stopped as one says it: "everything", "server Demo", "tool add"."""
    if stop.kind == Stop.Kind.EVERYTHING:
        return "everything"
    if stop.entry is not None:
        return f"{stop.entry.get_kind_display().lower()} {stop.entry.name}"
    return f"{STOPPABLE[stop.kind].word} {stop}"


def stops() -> QuerySet[Stop]:
    """Return what is stopped, the newest first, with all that its words need."""
    return Stop.objects.select_related("server", "source", "entry", "user", "client", "made_by")


def _any(fields: tuple[str, ...], lookup: str, value: str) -> Q:
    return reduce(or_, (Q(**{f"{field}__{lookup}": value}) for field in fields))
