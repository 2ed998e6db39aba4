"""first_start.py: what a hub does before it serves."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as configured

from accounts.models import User
from mcphub import first_start
from monitoring.audit import seals
from servers.models import Server
from tests import pair as pairs
from tests.bench import databases

MANAGE = Path(configured.BASE_DIR) / "manage.py"


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


def test_command_that_only_prepares_says_what_there_is_and_ends(tmp_path):
    environ = {"PATH": os.environ["PATH"], "MCPHUB_DATA": str(tmp_path)}
    done = _prepare(environ).communicate()[0]
    assert "Log in as admin with password" in done and "/mcp/demo " in done
    assert "ready" not in done and "password" not in _prepare(environ).communicate()[0]


def test_command_that_only_prepares_says_that_the_database_does_not_answer():
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "MCPHUB_SECRET_KEY": "k" * 40}
    process = _prepare({"PATH": os.environ["PATH"], **away}, stderr=subprocess.PIPE)
    said, complaint = process.communicate()
    assert process.returncode == 1 and said == ""
    assert complaint.splitlines()[-1].startswith("mcphub: the database cannot be used: ")


@pytest.mark.services
def test_processes_that_prepare_an_empty_database_at_once_do_it_once():
    postgres, _redis = pairs.services()
    if not postgres:
        pytest.skip("needs TEST_ON_POSTGRES")
    url = databases.fresh(postgres)
    key = secrets.token_urlsafe(32)
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "MCPHUB_SECRET_KEY": key}
    try:
        processes = [_prepare(environ) for _ in range(3)]
        said = [process.communicate()[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0, 0]
        assert sum("shown this once" in each for each in said) == 1
        with psycopg.connect(url) as connection:
            applied = connection.execute("select app, name from django_migrations").fetchall()
            made = connection.execute("select slug from servers_server order by slug").fetchall()
            users = connection.execute("select count(*) from accounts_user").fetchone()
        assert len(applied) == len(set(applied)) > 20
        assert made == [("demo",), ("demo-private",)] and users == (1,)
    finally:
        databases.drop(url)


def _prepare(environ: dict[str, str], **more: int) -> "subprocess.Popen[str]":
    """Begin to prepare in a process of its own."""
    command = [sys.executable, str(MANAGE), "hub", "--prepare"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, **more)
