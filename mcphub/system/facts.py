"""What is known about this installation, in sections of facts; asked anew for each look."""

import platform
import shutil
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max
from django.utils import timezone

from mcphub import descriptors
from mcphub.system import work
from mcphub.system.saying import Fact
from mcphub.version import VERSION
from monitoring import audit, health, metrics
from monitoring.admin import times
from monitoring.admin.checks import said
from monitoring.models import Rollup
from monitoring.trail.checking import last_check
from monitoring.usage.reading import ALIVE

BEGUN = time.monotonic()
REDIS_SECONDS = 1.0
LOW_DISK = 0.1
"""Of a disk, what is little left."""
MANY_WAIT = 2_000
"""Events in a process's queue that are not written yet: more is a database that is slow or away."""


Section = tuple[str, list[Fact]]


def sections(user: Any) -> list[Section]:
    """Return all that this person may see of it."""
    parts: tuple[tuple[str, Callable[[Any], list[Fact]]], ...] = (
        ("Health", _health),
        ("What runs", _running),
        ("Jobs", work.jobs),
        ("Work that comes again", work.chores),
        ("Where it is kept", _kept),
        ("Versions", _versions),
    )
    return [(title, ask(user)) for title, ask in parts]


def _health(user: Any) -> list[Fact]:
    report = health.report()
    facts = [Fact("This process", report.status, report.ready)]
    facts += [
        Fact(name.capitalize(), probe.detail, probe.ok) for name, probe in report.probes.items()
    ]
    facts.append(_redis())
    waiting = audit.waiting()
    facts.append(Fact("Audit events not written yet", f"{waiting:,}", waiting < MANY_WAIT))
    if user.has_perm("monitoring.view_trailcheck"):
        facts.append(_verified())
    return facts


def _verified() -> Fact:
    last = last_check()
    if last is None or last.ended_at is None:
        return Fact("Audit trail", "not verified yet", None)
    told = f"{said(last)} ({times.minute(last.ended_at)})"
    return Fact("Audit trail", told, last.problems == 0 and not last.detail)


def _running(_user: Any) -> list[Fact]:
    """Return the processes that wrote their minute lately, and this one's age."""
    rows = Rollup.objects.filter(seconds=60, minute__gte=timezone.now() - ALIVE).order_by()
    alive = rows.values_list("process").annotate(last=Max("minute")).order_by("process")
    facts = [
        Fact(f"Process {name[:8]}", f"last heard at {timezone.localtime(at):%H:%M}", True)
        for name, at in alive
    ]
    if not facts:
        facts = [Fact("Processes", "none was heard in the last minutes", None)]
    up = timedelta(seconds=int(time.monotonic() - BEGUN))
    return [*facts, Fact("This process is up", str(up)), *_streams()]


def _streams() -> list[Fact]:
    """Return how many streams this process has open and may have, and which limit that follows from."""
    files, now = descriptors.most_files(), metrics.open_streams()
    most = descriptors.most_streams(files)
    return [
        Fact("Its open streams", f"{now:,} of {most:,} at most", now < most),
        Fact("Files it may have open", f"{files:,}", files >= descriptors.FEW),
    ]


def _kept(_user: Any) -> list[Fact]:
    usage = shutil.disk_usage(settings.DATA_DIR)
    free = f"{_size(usage.free)} of {_size(usage.total)} free"
    applied = len(MigrationRecorder(connection).applied_migrations())
    return [
        Fact("Database", "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"),
        *_database_size(),
        Fact("Disk of MCPHUB_DATA", free, usage.free > LOW_DISK * usage.total),
        Fact("Migrations applied", str(applied)),
    ]


def _database_size() -> list[Fact]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return [Fact("Database size", _size(cursor.fetchone()[0]))]
    path = Path(settings.DATABASES["default"]["NAME"])
    log = path.with_name(f"{path.name}-wal")
    return [
        Fact(name, _size(each.stat().st_size))
        for name, each in (("Database file", path), ("Write-ahead log", log))
        if each.is_file()
    ]


def _versions(_user: Any) -> list[Fact]:
    return [
        Fact("mcphub", VERSION),
        Fact("Python", platform.python_version()),
        Fact("Django", django.get_version()),
        Fact(*_database_version()),
        Fact("System", f"{platform.system()} {platform.machine()}"),
    ]


def _database_version() -> tuple[str, str]:
    if connection.vendor != "postgresql":
        return "SQLite", sqlite3.sqlite_version
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return "PostgreSQL", str(cursor.fetchone()[0])


def _redis() -> Fact:
    """Ask Redis for its version, which is also whether it answers."""
    if not settings.REDIS_URL:
        return Fact("Redis", "not used")
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        ) as client:
            told: Any = client.info("server")
    except (redis.RedisError, ValueError, OSError) as fault:
        return Fact("Redis", f"does not answer ({type(fault).__name__})", False)
    return Fact("Redis", str(told.get("redis_version", "answers")), True)


def _size(number: int) -> str:
    """Say a number of bytes."""
    size, units = float(number), iter(("B", "KiB", "MiB", "GiB", "TiB"))
    unit = next(units)
    while size >= 1024 and unit != "TiB":
        size, unit = size / 1024, next(units)
    return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
