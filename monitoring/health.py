"""Is the house well? Probes register themselves; report() asks them all.

Only a critical probe or draining makes the hub unready; anything else is "degraded", because taking
a process out of service for it would make things worse.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

Status = Literal["ok", "degraded", "down", "draining"]


@dataclass(frozen=True, slots=True)
class Health:
    """One probe's answer; `detail` is shown to anyone, so no addresses and no secrets."""

    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """All answers, and what they mean together."""

    status: Status
    probes: Mapping[str, Health]

    @property
    def ready(self) -> bool:
        """Tell whether this process should get requests."""
        return self.status in ("ok", "degraded")


Probe = Callable[[], Health]
"""Answers within a second or two; it catches what it expects and does not raise."""


@dataclass(slots=True)
class _State:
    """What this process knows about itself."""

    draining: bool = False
    migrated: bool = False


_probes: dict[str, tuple[Probe, bool]] = {}
_state = _State()


def register(name: str, probe: Probe, critical: bool) -> None:
    """Add a probe, or replace the one of that name; a critical one makes the hub unready."""
    _probes[name] = (probe, critical)


def set_draining(value: bool) -> None:
    """Say that this process takes no new work, so that load balancers leave it alone."""
    _state.draining = value


def report() -> Report:
    """Ask every probe; blocks, so not from the event loop."""
    answers = {name: probe() for name, (probe, _critical) in _probes.items()}
    return Report(_status(answers), answers)


def database() -> Health:
    """Probe: does the database answer?"""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as fault:
        return Health(False, type(fault).__name__)
    return Health(True, connection.vendor)


def migrations() -> Health:
    """Probe: is the schema complete? Asked until it is; migrations do not go away by themselves."""
    if not _state.migrated:
        try:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except Error as fault:
            return Health(False, type(fault).__name__)
        if missing:
            return Health(False, f"{len(missing)} migrations are missing")
        _state.migrated = True
    return Health(True, "complete")


def not_ready() -> str:
    """Return that the database is not ready, and which one: for who starts a command, not for a page.

    Names no user and no password.
    """
    facts = connection.settings_dict
    name, setting = facts["NAME"], "MCPHUB_DATA"
    if connection.vendor != "sqlite":
        host, setting = facts["HOST"] or "this machine", "DATABASE_URL"
        name = f"{name} on {host}{':' if facts['PORT'] else ''}{facts['PORT']}"
    return (
        f"The database {name} is not ready; start the hub once with this {setting}, it prepares it."
    )


def _status(answers: Mapping[str, Health]) -> Status:
    if _state.draining:
        return "draining"
    failed = [name for name, health in answers.items() if not health.ok]
    if any(_probes[name][1] for name in failed):
        return "down"
    return "degraded" if failed else "ok"
