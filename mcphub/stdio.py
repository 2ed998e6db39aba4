"""A process that serves one server to one client over its own standard streams.

It reads the catalog and writes none of it: migrations, new tools and the first admin are the hub's
business, which may run beside it. Whatever else writes to standard output lands on standard error.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from accounts.principals import read_person
from accounts.tokens import Principal
from catalog.importers.python import functions
from mcphub import authors
from mcphub.making import Ways
from mcphub.runtime import Runtime
from monitoring import health
from servers.selectors import servers_usable_by
from servers.transports.lines import LinesIn, LinesOut
from servers.transports.stdio import Stdio

log = logging.getLogger(__name__)
PERSON = "person"
"""The name by which the process's memory knows the one person it serves."""
DRAIN_SECONDS = 3.0
"""How long requests may go on when there are no more to come."""
WRITE_SECONDS = 1.0
"""How long the last answers may take to leave."""
STOP_SECONDS, EXIT_SECONDS = 9.0, 1.0
"""When the process is ended by force: from the last line on, and from when everything was written."""


class NotReady(Exception):
    """The database is not there, or not prepared; the text is for whoever started the process."""


class NotServed(Exception):
    """There is no such server for this person; the text is for whoever started the process."""


class Streams(NamedTuple):
    """Descriptors of what the client writes, and of what it reads."""

    coming: int
    going: int


class Who(NamedTuple):
    """Who is served what: `read` reads the person again, and is None for nobody in particular."""

    slug: str
    ways: Ways
    token: str | None


def take_streams() -> Streams:
    """Keep the standard streams for the protocol alone.

    What prints goes to standard error instead, what reads finds nothing, in the processes that tools
    start too. A descriptor that is closed is opened on nothing, as a file could get its number.
    """
    while (spare := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    streams = Streams(os.dup(0), os.dup(1))
    os.dup2(spare, 0)
    os.close(spare)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return streams


def check_prepared() -> None:
    """Raise NotReady if there is no database, or not all of it; makes none."""
    name = connection.settings_dict["NAME"]
    absent = connection.vendor == "sqlite" and not Path(name).exists()
    if not absent and not health.database().ok:
        raise NotReady("The database does not answer.")
    if absent or not health.migrations().ok:
        raise NotReady(health.not_ready())


def find(slug: str, name: str | None, scopes: Sequence[str]) -> Who:
    """Return who is served what; raises NotServed, alike for what is hidden and what is not there."""
    user = None if name is None else User.objects.filter(username=name, is_active=True).first()
    usable = servers_usable_by(user) if user or name is None else []
    server = next((each for each in usable if each.slug == slug), None)
    if server is None:
        whom = "everybody may use without --user" if name is None else f"{name!r} may use"
        raise NotServed(f"There is no server {slug!r} that {whom}.")
    ways = Ways(
        load=_nothing,
        arriving=partial(authors.Arriving, slug),
        follow=authors.Reloading,
        chores=False,
    )
    if user is None:
        return Who(slug, ways, None)

    def read(names: Collection[str]) -> Mapping[str, Principal]:
        person = read_person(user.pk, server.public_id, scopes)
        return dict.fromkeys(names, person) if person else {}

    return Who(slug, ways._replace(read=read), PERSON)


async def serve(who: Who, streams: Streams) -> None:
    """Serve until there is nothing more to read, nobody to read the answers, or a signal to stop."""
    runtime = Runtime(who.ways)
    await runtime.start()
    _tell_what_lacks(runtime, who.slug)
    out = LinesOut(streams.going)
    client = Stdio(runtime.hub, who.slug, who.token, out)
    reading = asyncio.create_task(client.serve(LinesIn(streams.coming)))
    stopping = asyncio.Event()
    _on_signals(stopping, runtime)
    others = (stopping.wait(), out.broken.wait(), client.keep())
    ends = [reading, *(asyncio.create_task(each) for each in others)]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    leave_within(STOP_SECONDS, 1)
    for task in ends:
        task.cancel()
    await runtime.drain(DRAIN_SECONDS)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WRITE_SECONDS):
            await client.finished()
            await client.close()
    await runtime.stop()
    leave_within(EXIT_SECONDS, 0)


def _tell_what_lacks(runtime: Runtime, slug: str) -> None:
    """Tell the log which of the server's files this process does not have: its calls would fail."""
    lacking = runtime.hub.live.current.sources("python", slug) - functions.keys
    if lacking:
        log.warning(
            "not found: %s; start this process with the hub's MCPHUB_TOOLS",
            ", ".join(sorted(lacking)),
        )


def _on_signals(stopping: asyncio.Event, runtime: Runtime) -> None:
    """Stop when told to, and at once when told again."""

    def told() -> None:
        stopping.set()
        runtime.hurry()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # not every platform has them
            loop.add_signal_handler(number, told)


def leave_within(seconds: float, status: int) -> None:
    """End the process if it is still there then: a tool in a thread, or a client that does not read,
    must not keep it."""
    timer = threading.Timer(seconds, os._exit, [status])
    timer.daemon = True
    timer.start()


def _nothing() -> None:
    """Load nothing ahead: what the server needs is loaded with the snapshot."""
