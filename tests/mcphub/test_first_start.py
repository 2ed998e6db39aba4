"""first_start.py: what a hub does before it serves."""

import re
import sys

from accounts.models import User
from mcphub import first_start
from monitoring.audit import seals
from servers.models import Server


def test_made_password_is_shown_once_and_logs_in(db):
    shown = re.search(r"as admin with password (\S+)", "\n".join(first_start.prepare()))
    assert shown is not None
    assert User.objects.get(username="admin").check_password(shown[1])
    assert "password" not in "\n".join(first_start.prepare())


def test_given_password_is_set_and_never_shown(db, settings):
    settings.ADMIN_PASSWORD = "given by the operator"
    assert not any(settings.ADMIN_PASSWORD in line for line in first_start.prepare())
    assert User.objects.get(username="admin").check_password(settings.ADMIN_PASSWORD)


def test_demo_has_a_limit_that_an_admin_may_change_for_good(db):
    first_start.prepare()
    assert dict(Server.objects.values_list("slug", "calls_per_minute")) == {
        "demo": 6_000_000,
        "demo-private": 6_000_000,
    }
    Server.objects.update(calls_per_minute=None)
    first_start.prepare()
    assert not Server.objects.filter(calls_per_minute__isnull=False).exists()


def test_demo_is_published_on_an_empty_hub_alone(bob):
    first_start.prepare()
    assert not Server.objects.exists() and not User.objects.filter(username="admin").exists()


def test_hub_that_prepares_does_not_hold_up_the_seals_of_those_that_run():
    assert first_start._LOCK != seals._LOCK


def test_command_that_is_printed_names_the_python_that_runs(settings, monkeypatch, tmp_path):
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    assert first_start._python() == ".venv/bin/python"
    monkeypatch.setattr(sys, "executable", "/opt/hub/bin/python")
    assert first_start._python() == "/opt/hub/bin/python"
