"""Verifications of the trail that are kept: begun by a button or a command, one at a time, with their result.

One that a button begins runs in a thread of its own, beside requests. While it runs it says so every few
seconds; a process that ends takes its verification with it, and another may then begin.
"""

import contextlib
import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import Error, connection, connections, transaction
from django.utils import timezone

from monitoring import audit
from monitoring.audit import Report, verify
from monitoring.banner import Actor
from monitoring.errors import CheckRefused, MonitoringError
from monitoring.models import TrailCheck

log = logging.getLogger(__name__)
PERMISSION = "monitoring.add_trailcheck"
KEPT = 100
BEAT_SECONDS = 2.0
ALIVE = timedelta(minutes=2)
"""One that said nothing for so long ended with its process."""
_LOCK = 0x6D637069
"""PostgreSQL advisory lock: who looks whether one runs is alone in looking."""


@transaction.atomic
def begin_check(*, actor: Actor) -> TrailCheck:
    """Note that a verification begins; raises CheckRefused while there is one, or who may not."""
    if not actor.has_perm(PERMISSION):
        raise CheckRefused("You may not do this.")
    _one_at_a_time()
    now = timezone.now()
    if running := running_check(now):
        raise CheckRefused(f"The trail is being verified since {running.begun_at:%H:%M:%S} UTC.")
    check = TrailCheck.objects.create(begun_at=now, seen_at=now)
    audit.record_change(
        actor=actor.public_id,
        actor_label=actor.get_username(),
        action="trail.verify",
        before=None,
        after={"verification": check.pk},
    )
    return check


def running_check(now: datetime) -> TrailCheck | None:
    """Return the verification that runs, here or elsewhere."""
    alive = TrailCheck.objects.filter(ended_at=None, seen_at__gte=now - ALIVE)
    return alive.order_by("-id").first()


def last_check() -> TrailCheck | None:
    """Return the newest verification that came to a result."""
    return TrailCheck.objects.exclude(ended_at=None).order_by("-id").first()


def run_in_background(check: TrailCheck) -> None:
    """Verify in a thread of its own."""
    threading.Thread(target=_run_alone, args=[check.pk], name="trail-check", daemon=True).start()


def _run_alone(key: int) -> None:
    try:
        run_check(key)
    except (Error, MonitoringError) as fault:  # it counts as ended soon
        log.error("a verification could not be kept: %s", type(fault).__name__)
    finally:
        connections.close_all()


def run_check(key: int) -> Report | None:
    """Verify, keep the result and put it into the trail; None if the trail could not be read."""
    try:
        report = _followed(key, "")
    except Error as fault:
        _end(key, detail=f"The trail could not be read: {type(fault).__name__}.")
        return None
    audit.record_change(
        actor=None,
        actor_label="",
        action="trail.verified",
        before=None,
        after={"verification": key, "events": report.events, "problems": len(report.problems)},
    )
    return report


def verify_and_keep(anchor: str = "") -> Report:
    """Verify for the command line: raises what reading raises, and keeps the result where it can."""
    now = timezone.now()
    try:
        key = TrailCheck.objects.create(begun_at=now, seen_at=now).pk
    except Error:  # a database that only lets itself be read is verified all the same
        return verify(anchor)
    return _followed(key, anchor)


def _followed(key: int, anchor: str) -> Report:
    """Verify, saying meanwhile that it runs, and keep the result."""
    beat = _Beat(key)
    try:
        report = verify(anchor, beat.follow)
    finally:
        beat.stop()
    lines = "\n".join(f"{each.chain} {each.seq}: {each.why}" for each in report.problems)
    _end(key, events=report.events, problems=len(report.problems), detail=lines)
    return report


def _end(key: int, **result: object) -> None:
    """Keep a result, and the newest KEPT verifications."""
    TrailCheck.objects.filter(pk=key).update(ended_at=timezone.now(), **result)
    oldest = TrailCheck.objects.order_by("-id").values_list("id", flat=True)[KEPT - 1 : KEPT]
    TrailCheck.objects.filter(pk__lt=min(oldest, default=0)).delete()


def _one_at_a_time() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@dataclass(slots=True)
class _Beat:
    """Says now and then that a verification runs and how far it is, on a connection of its own.

    The one that reads the trail cannot: in SQLite, who reads an old state may not write.
    """

    key: int
    report: Report = field(default_factory=Report)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def follow(self, report: Report) -> None:
        """Begin to tell how far this report is."""
        self.report = report
        self._thread = threading.Thread(target=self._run, name="trail-check-beat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell no more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._over.wait(BEAT_SECONDS):
                with contextlib.suppress(Error):  # said again soon
                    self._tell()
        finally:
            connections.close_all()

    def _tell(self) -> None:
        rows = TrailCheck.objects.filter(pk=self.key)
        rows.update(seen_at=timezone.now(), events=self.report.events)
