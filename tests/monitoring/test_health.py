from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from mcphub import databases
from monitoring import health
from monitoring.health import Health


@pytest.fixture(autouse=True)
def no_probes(monkeypatch):
    monkeypatch.setattr(health, "_probes", {})
    monkeypatch.setattr(health._state, "migrated", False)


@pytest.mark.parametrize(
    ("critical", "other", "status", "ready"),
    [
        (True, True, "ok", True),
        (True, False, "degraded", True),
        (False, True, "down", False),
        (False, False, "down", False),
    ],
)
def test_only_a_critical_probe_makes_the_hub_unready(critical, other, status, ready):
    health.register("database", lambda: Health(critical, ""), critical=True)
    health.register("bus", lambda: Health(other, ""), critical=False)
    report = health.report()
    assert (report.status, report.ready) == (status, ready)


def test_draining_is_not_ready_however_well_the_house_is():
    health.register("database", lambda: Health(True, ""), critical=True)
    health.set_draining(True)
    assert (health.report().status, health.report().ready) == ("draining", False)


def test_a_probe_of_the_same_name_is_replaced():
    health.register("bus", lambda: Health(False, ""), critical=True)
    health.register("bus", lambda: Health(True, "new"), critical=False)
    assert health.report().probes["bus"].detail == "new"


@pytest.mark.django_db
def test_the_database_answers():
    assert health.database() == Health(True, connection.vendor)


@pytest.mark.django_db
def test_missing_migrations_are_told_and_complete_ones_are_remembered(django_assert_num_queries):
    recorder = MigrationRecorder(connection)
    applied = [name for app, name in recorder.applied_migrations() if app == "monitoring"]
    for name in applied:
        recorder.record_unapplied("monitoring", name)
    assert not health.migrations().ok
    for name in applied:
        recorder.record_applied("monitoring", name)
    assert health.migrations().ok
    with django_assert_num_queries(0):
        assert health.migrations().ok


@pytest.mark.parametrize(
    ("vendor", "facts", "which"),
    [
        (
            "sqlite",
            databases.sqlite(Path("/d/mcphub.sqlite3")),
            ("/d/mcphub.sqlite3", "MCPHUB_DATA"),
        ),
        (
            "postgresql",
            databases.postgres("postgres://someone:secret@db.example:5433/hub?sslpassword=hidden"),
            ("hub on db.example:5433", "DATABASE_URL"),
        ),
        (
            "postgresql",
            databases.postgres("postgres:///hub"),
            ("hub on this machine", "DATABASE_URL"),
        ),
    ],
)
def test_which_database_is_not_ready_is_told_without_secrets(vendor, facts, which, monkeypatch):
    looked_at = SimpleNamespace(vendor=vendor, settings_dict=facts)
    monkeypatch.setattr(health, "connection", looked_at)
    name, setting = which
    told = (
        f"The database {name} is not ready; start the hub once with this {setting}, it prepares it."
    )
    assert health.not_ready() == told
