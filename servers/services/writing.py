"""What every write of this room stands on: a transaction, locks, constraints told in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model

from accounts.errors import InvalidFields
from accounts.services.checking import check_fields
from catalog.models import Source
from servers.errors import Conflict, Gone, InvalidValue, ServersError
from servers.models import Server

P = ParamSpec("P")
R = TypeVar("R")


def write(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service in one transaction; what only the commit refuses becomes Conflict.

    Foreign keys are checked at the commit: a row that somebody deleted meanwhile shows only there.
    """

    @wraps(service)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return service(*args, **kwargs)
        except IntegrityError as broken:
            raise Conflict(
                "Something this depends on was changed meanwhile. Look at it, and try again."
            ) from broken

    return guarded


@contextmanager
def told(why: Callable[[], ServersError | None]) -> Iterator[None]:
    """Turn a broken constraint into the error that `why` finds, in a transaction that goes on.

    The database decides, since of two processes that looked first both would have found the name
    free; `why` looks afterwards, to say what stands in the way.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as broken:
        error = why()
        if error is None:
            raise
        raise error from broken


def check(row: Model, *, exclude: tuple[str, ...] = ()) -> None:
    """Raise InvalidValue naming the first field that does not fit, but for those in `exclude`."""
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, str):
            _check_text(field.verbose_name, value, field.max_length)
    try:
        check_fields(row, exclude=exclude)
    except InvalidFields as error:
        raise InvalidValue(str(error)) from error


def locked_server(server: Server) -> Server:
    """Return the server's row as it is now, kept from others until the transaction ends."""
    rows = Server.objects.select_related("team").select_for_update(of=("self",))
    row = rows.filter(pk=server.pk).first()
    if row is None:
        raise Gone(f"The server {server.slug} is no longer there.")
    return row


def locked_source(source: Source) -> Source:
    """Return the source's row, kept from others until the transaction ends.

    A sync would add what this transaction cannot see. Always taken before a server's.
    """
    row = Source.objects.select_for_update().filter(pk=source.pk).first()
    if row is None:
        raise Gone(f"The source {source} is no longer there.")
    return row


def _check_text(name: object, text: str, longest: int | None) -> None:
    """Refuse a lone surrogate, which no database takes, and what only forms would find too long."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidValue(f"{name} holds half a character.".capitalize())
    if longest is not None and len(text) > longest:
        raise InvalidValue(f"{name} has more than {longest} characters.".capitalize())
