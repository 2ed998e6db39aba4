import json
import os
import subprocess
import sys
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from monitoring import audit
from monitoring.audit.export import EXPORTED

pytestmark = pytest.mark.django_db

USER = UUID("6f4e0f52-9f0c-4f6c-9d40-0a6ff3a0a001")


@pytest.fixture
def three(event):
    for number in range(3):
        audit.record(event(entry=f"e{number}", user=USER, at=1_700_000_000 + 3600 * number))
    audit.flush()


def export(*options):
    out, err = StringIO(), StringIO()
    call_command("audit_export", "--format", "jsonl", *options, stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_every_event_is_a_line_with_the_fields_in_order(three):
    lines, talk = export()
    assert [tuple(line) for line in lines] == [EXPORTED] * 3
    assert lines[0]["at"] == "2023-11-14T22:13:20.000000+00:00"
    assert (lines[0]["user"], lines[0]["duration_us"]) == (str(USER), None)
    assert "3 events" in talk


def test_since_is_included_and_until_is_not(three):
    lines, _talk = export("--since", "2023-11-14T22:13:20Z", "--until", "2023-11-15T00:13:20Z")
    assert [line["entry"] for line in lines] == ["e0", "e1"]


def test_a_time_without_a_zone_is_utc(three):
    lines, _talk = export("--since", "2023-11-15T00:13:20")
    assert [line["entry"] for line in lines] == ["e2"]


def test_a_time_that_is_none_is_bad_input(three):
    with pytest.raises(CommandError) as failed:
        export("--since", "yesterday")
    assert failed.value.returncode == 2


def test_a_reader_that_has_seen_enough_ends_it_without_a_word(tmp_path, settings):
    script = (
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from monitoring.audit import Event, flush, record\n"
        "call_command('migrate', verbosity=0)\n"
        "for number in range(3000): record(Event(kind='call', action='x', detail='y' * 500))\n"
        "flush()\n"
        "call_command('audit_export')\n"
    )
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ = {**kept, "DJANGO_SETTINGS_MODULE": "mcphub.settings", "MCPHUB_DATA": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout and process.stderr
        assert json.loads(process.stdout.readline())["kind"] == "call"
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0
