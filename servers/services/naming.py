"""The names under which clients see entries: what they are by default, and which will do."""

import json
from collections.abc import Callable
from itertools import count

from django.utils.text import slugify

from catalog.authoring.declaring import NAME
from catalog.authoring.errors import AuthoringError
from catalog.authoring.uri_template import check_uri
from catalog.models import Entry
from servers.errors import BadName
from servers.models import Server

ADDRESS_FIELD = {Entry.Kind.RESOURCE.value: "uri", Entry.Kind.TEMPLATE.value: "uriTemplate"}
"""The kinds that clients know by an address, and where the definition has it."""
LONGEST_ADDRESS = 512
LONGEST_STEM = 56
"""Characters of a title that go into an address: a number may have to follow."""
NAMELESS = "server"


def suggested_slug(title: str) -> str:
    """Return a free address that a title suggests: "Data team" is data-team, or data-team-2."""
    stem = slugify(title).replace("_", "-")[:LONGEST_STEM].strip("-") or NAMELESS
    taken = set(Server.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)


def default_exposed_name(entry: Entry) -> str:
    """Return the entry's own name, or its own address; raises BadName if it has no definition."""
    if entry.kind not in ADDRESS_FIELD:
        return entry.name
    if entry.current is None:
        raise BadName(f"{entry.name} has no approved definition, and so no address.")
    return address_in(entry.kind, entry.current.definition.body)


def address_in(kind: str, body: str) -> str:
    """Return the address that a definition of this kind gives; empty if it gives none."""
    return str(json.loads(body).get(ADDRESS_FIELD[kind], ""))


def check_exposed_name(entry: Entry, name: str) -> None:
    """Raise BadName unless clients can use the name for this entry."""
    _CHECKS[entry.kind](entry, name)


def _check_name(entry: Entry, name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadName(f"{name[:140]!r} must be 1 to 128 letters, digits, _ . or - (no accents).")


def _check_address(entry: Entry, name: str) -> None:
    if len(name) > LONGEST_ADDRESS:
        raise BadName(f"An address has at most {LONGEST_ADDRESS} characters.")
    try:
        check_uri(name)
    except AuthoringError as error:
        raise BadName(f"{error}.") from error


def _check_template(entry: Entry, name: str) -> None:
    """A template's variables are its function's parameters: another text would match nothing."""
    own = default_exposed_name(entry)
    if name != own:
        raise BadName(f"A template keeps its own address, {own}.")
    if len(name) > LONGEST_ADDRESS:
        raise BadName(f"An address has at most {LONGEST_ADDRESS} characters.")


_CHECKS: dict[str, Callable[[Entry, str], None]] = {
    Entry.Kind.TOOL.value: _check_name,
    Entry.Kind.PROMPT.value: _check_name,
    Entry.Kind.RESOURCE.value: _check_address,
    Entry.Kind.TEMPLATE.value: _check_template,
}
