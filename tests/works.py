"""A hub that works on its jobs in the test's own process: a bell is a task on its loop, without Celery."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from accounts.caller import Caller, nobody
from accounts.models import Team, User
from catalog.models import Entry, Source
from servers.jobs.accepting import Wanted, accept, new_name
from servers.jobs.boxes import closed
from servers.jobs.running import Runner
from servers.models import Job, Server
from servers.protocol.tasks import TTL_MS
from tests import gates, make
from tests.hub import Answer, Hub, authored_source, published
from tests.streams import open_door

AUTHORED = Path(__file__).with_name("authored_works.py")


@dataclass
class LoopRinger:
    """Rings a worker on the hub's own loop; what was rung is kept, and a test may hold the bells."""

    hub: Hub
    runner: Runner
    rung: list[str] = field(default_factory=list)
    silent: bool = False

    def ring(self, job: Job) -> None:
        """Have a job worked on, soon."""
        self.rung.append(job.public_id)
        if not self.silent:
            work = self.runner.run(job.public_id)
            asyncio.run_coroutine_threadsafe(work, self.hub.loop)


@dataclass
class Works:
    """The server `works` of that hub, with what tests/authored_works.py offers."""

    hub: Hub
    source: Source
    server: Server
    ringer: LoopRinger

    def call(self, name: str, arguments: dict[str, Any] | None = None, **options: Any) -> Answer:
        """Call a tool and wait for its end."""
        params = {"name": name, "arguments": arguments or {}}
        return self.hub.post(self.server.slug, "tools/call", params, **options)

    def read(self, uri: Any, **options: Any) -> Answer:
        """Read a resource."""
        return self.hub.post(self.server.slug, "resources/read", {"uri": uri}, **options)

    def accepted(self, name: str, *, by: Caller | None = None, **row: Any) -> Job:
        """Return a job of a tool, accepted and not begun."""
        arguments = row.pop("arguments", {})
        return accept(wanted(self.server, Entry.objects.get(name=name), arguments, by, **row))

    def work(self, job: Job) -> Job:
        """Work on a job until it rests, and return it."""
        self.hub.run(self.ringer.runner.run(job.public_id))
        return Job.objects.get(pk=job.pk)

    def begin(self, job: Job) -> "asyncio.Future[None]":
        """Begin to work on a job, until its tool waits for a test."""
        work = self.ringer.runner.run(job.public_id)
        running = asyncio.run_coroutine_threadsafe(work, self.hub.loop)
        before = len(gates.done)

        async def begun() -> None:
            while len(gates.done) == before and not running.done():
                await asyncio.sleep(0.005)

        self.hub.run(begun())
        return running  # type: ignore[return-value]

    def end(self, job: Job, running: Any) -> Job:
        """Wait until what was begun has ended, and return the job."""
        self.hub.run(asyncio.wait_for(_of(running), 15))
        return Job.objects.get(pk=job.pk)

    def let_go(self, door: str = "waits") -> None:
        """Let what waits at a door go on."""
        open_door(self.hub, door)


async def _of(running: Any) -> None:
    await asyncio.wrap_future(running)


def wanted(
    server: Server,
    entry: Entry,
    arguments: dict[str, Any] | None = None,
    by: Caller | None = None,
    *,
    owner: str = "",
    ttl_ms: int = TTL_MS,
    **row: Any,
) -> Wanted:
    """Return a call of a tool to be accepted as a job."""
    name = new_name()
    caller = by or nobody()
    current = entry.current
    assert current is not None
    hints = json.loads(current.definition.body).get("annotations", {})
    repeatable = bool(hints.get("readOnlyHint") or hints.get("idempotentHint"))
    return Wanted(
        name=name,
        server=server.public_id,
        entry=entry.public_id,
        caller=caller,
        owner=owner or str(caller.user or "address:127.0.0.1"),
        ttl_ms=ttl_ms,
        row={
            "name": entry.name,
            "sha256": current.definition.sha256,
            "scope": "mcp:read",
            "revision": "2026-07-28",
            "arguments": closed(arguments or {}, name),
            "is_repeatable": repeatable,
            "is_task": True,
            "seconds": 60.0,
            **row,
        },
    )


def caller_of(user: User, server: Server, **known: Any) -> Caller:
    """Return a person as a caller."""
    return Caller(
        **{
            "server": server.public_id,
            "user": user.pk,
            "user_public_id": user.public_id,
            "username": user.username,
            "teams": frozenset(user.teams.values_list("pk", flat=True)),
            "scopes": frozenset({"mcp:read", "mcp:write"}),
            "keys": (f"user:{user.pk}",),
            **known,
        }
    )


def serve(hub: Hub, slug: str = "works", *, team: Team | None = None) -> Works:
    """Publish what the file offers, and let the hub work on it."""
    source = authored_source(file=AUTHORED)
    server = published(slug, source, team=team)
    hub.refresh()
    return Works(hub, source, server, ringer_of(hub))


def ringer_of(hub: Hub, name: str = "a worker") -> LoopRinger:
    """Give a hub a worker on its own loop."""

    async def made() -> Runner:
        return Runner(hub.runtime.hub, hub.offload, name)

    ringer = LoopRinger(hub, hub.run(made()))
    hub.runtime.hub.jobs.ringer = ringer  # type: ignore[assignment]
    return ringer


@pytest.fixture
def works(hub: Hub) -> Works:
    """A server that is open to all, whose jobs are worked on."""
    return serve(hub)


def a_job(**row: Any) -> Job:
    """Return an accepted job of a tool of its own server, for tests of rows alone."""
    source = row.pop("source", None) or make.source()
    entry = row.pop("entry", None) or make.entry(source)
    server = row.pop("server", None) or make.server(entries=[entry], visibility="public")
    return accept(wanted(server, entry, **row))
