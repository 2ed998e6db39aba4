"""A call becomes a job: a row, committed before anything is answered or begun."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.utils import timezone

from accounts.caller import Caller
from servers.jobs.callers import write_caller
from servers.jobs.errors import TooManyJobs
from servers.jobs.marking import mark
from servers.jobs.states import OPEN
from servers.kept import steps
from servers.models import Job, Server

ID_BYTES = 16
STEP_SECONDS = 7 * 86_400.0
NEAR = 20
"""Places that are left when a limit is near: fewer jobs than that are accepted at one moment."""


class Wanted(NamedTuple):
    """What is to be done, for whom, and how. `row` holds further fields of the row as they are.

    `name` is the new job's public id, `server` and `entry` are public ids; `steps` are those of `once`
    that are done already, as JSON.
    """

    name: str
    server: uuid.UUID
    entry: uuid.UUID
    caller: Caller
    owner: str
    ttl_ms: int
    row: dict[str, Any]
    steps: Mapping[str, str] = {}


class Room(NamedTuple):
    """Rows of a server and a tool, and how many more jobs an owner may have open there, and all together."""

    server: int
    entry: int
    of_one: int
    of_all: int


_OPEN = ", ".join(f"'{state}'" for state in OPEN)
_COUNTED = f"select count(*) from servers_job j where j.server_id = s.id and j.state in ({_OPEN})"
_ROOM = f"""
    select s.id, (select e.id from catalog_entry e where e.public_id = %s),
        s.jobs_of_one - ({_COUNTED} and j.owner = %s), s.jobs_open - ({_COUNTED})
    from servers_server s where s.public_id = %s
"""


def new_name() -> str:
    """Return what a job is known by: nobody can guess it."""
    return secrets.token_hex(ID_BYTES)


@transaction.atomic
def accept(wanted: Wanted) -> Job:
    """Return the new job, queued; raises TooManyJobs."""
    room = _room(wanted)
    if 0 < min(room.of_one, room.of_all) <= NEAR:
        # One is accepted after the other, so that no two processes take the same last place.
        Server.objects.select_for_update(no_key=True).get(pk=room.server)
        room = _room(wanted)
    if room.of_one <= 0:
        raise TooManyJobs("Too many of your jobs are open on this server; wait until some end.")
    if room.of_all <= 0:
        raise TooManyJobs("Too many jobs are open on this server; try again later.")
    now, name = timezone.now(), wanted.name
    row = {**wanted.row, "call": wanted.row.get("call") or name}
    job = Job.objects.create(
        **row,
        public_id=name,
        server_id=room.server,
        entry_id=room.entry,
        user_id=wanted.caller.user,
        owner=wanted.owner,
        client_name=wanted.caller.client_name,
        caller=write_caller(wanted.caller),
        due_at=now,
        rung_at=now,
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(milliseconds=wanted.ttl_ms),
    )
    for key, value in wanted.steps.items():
        steps.begin(job.call, key, STEP_SECONDS)
        steps.end(job.call, key, steps.DONE, value)
    mark(job, "accepted")
    return job


def _room(wanted: Wanted) -> Room:
    """Return where a job would be put, in one query; raises ObjectDoesNotExist if that is gone.

    Open jobs are counted by an index that holds nothing else.
    """
    ids = (_stored(wanted.entry), wanted.owner, _stored(wanted.server))
    with connection.cursor() as cursor:
        cursor.execute(_ROOM, ids)
        row = cursor.fetchone()
    if row is None or row[1] is None:
        raise ObjectDoesNotExist("the server or the tool of a call is gone")
    return Room(*row)


def _stored(public_id: uuid.UUID) -> uuid.UUID | str:
    """Return an id as this database has it."""
    return public_id if connection.features.has_native_uuid_field else public_id.hex
