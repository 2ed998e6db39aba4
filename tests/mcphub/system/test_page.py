"""The system page: for whom it is, what it says, and what it never says."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from mcphub import environment
from mcphub.system import facts
from mcphub.version import VERSION
from monitoring.models import Rollup, TrailCheck
from tests import make
from tests.admin_pages import text

PAGE, PART = "/admin/system/", "/admin/system/state/"
CANARY = "canary-secret-0123456789-0123456789"


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def test_it_says_what_runs_and_how_well(page: Client) -> None:
    now = timezone.now()
    Rollup.objects.create(minute=now, process="abcdef0123456789")
    TrailCheck.objects.create(begun_at=now, ended_at=now, problems=1, detail="c 1: removed")
    shown = text(page.get(PAGE))
    assert "Process abcdef01" in shown
    assert "Does not hold together (" in shown and "Not good: " in shown
    own = "none: the web processes do the jobs"
    assert (own if settings.JOBS_EMBEDDED else "messages wait") in shown
    assert VERSION in shown and "MCPHUB_TOOL_THREADS" in shown
    assert "Its open streams" in shown and "Files it may have open" in shown
    assert "Every file that was read could be loaded." in shown
    assert "Process abcdef01" in text(page.get(PART))


def test_a_file_of_tools_that_failed_is_shown(page: Client) -> None:
    make.source(name="<b>notes</b>", problem="line 3: <script>")
    shown = text(page.get(PAGE))
    assert "&lt;b&gt;notes" in shown and "line 3: &lt;script&gt;" in shown


def test_no_secret_is_on_it(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "MCPHUB_SECRET_KEY": CANARY,
        "MCPHUB_ADMIN_PASSWORD": CANARY,
        "MCPHUB_METRICS_TOKEN": CANARY,
        "REDIS_URL": f"redis://hub:{CANARY}@127.0.0.1:1/0",
        "DATABASE_URL": f"postgres://hub:{CANARY}@127.0.0.1:1/hub",
    }
    monkeypatch.setattr(settings, "ENV", environment.read(given))
    monkeypatch.setattr(settings, "REDIS_URL", given["REDIS_URL"])
    answer = page.get(PAGE)
    assert "does not answer (ConnectionError)" in text(answer)
    for body in (text(answer), text(page.get(PART)), answer.context["report"]):
        assert CANARY not in body and settings.SECRET_KEY not in body
    assert "REDIS_URL" in answer.context["report"]
    assert "127.0.0.1" not in answer.context["report"]
    assert str(settings.DATA_DIR) not in answer.context["report"]


def test_it_is_for_who_holds_the_permission(client: Client, db: None) -> None:
    staff = make.user("staff", is_staff=True)
    client.force_login(staff)
    for address in (PAGE, PART):
        assert client.get(address).status_code == 403
    assert PAGE not in text(client.get("/admin/"))
    staff.user_permissions.add(Permission.objects.get(codename="view_rollup"))
    TrailCheck.objects.create(begun_at=timezone.now(), ended_at=timezone.now())
    make.source(name="not theirs", problem="line 3")
    shown = text(client.get(PAGE))
    assert "not theirs" not in shown and "Holds together" not in shown
    assert PAGE in text(client.get("/admin/"))


def test_anybody_else_is_sent_to_log_in(client: Client, db: None) -> None:
    assert client.get(PAGE).status_code == client.get(PART).status_code == 302


def test_more_processes_take_no_more_queries(page: Client) -> None:
    few = _queries(page)
    now = timezone.now()
    Rollup.objects.bulk_create(Rollup(minute=now, process=f"p{each}") for each in range(30))
    assert _queries(page) == few


def _queries(page: Client) -> int:
    page.get(PART)
    with CaptureQueriesContext(connection) as seen:
        page.get(PART)
    return len(seen)


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KiB"), (2**50, "1,024.0 TiB")]
)
def test_sizes_are_said(number: int, words: str) -> None:
    assert facts._size(number) == words


def test_streams_are_said_with_how_many_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for files, streams in ((65_536, 12), (1_024, 12), (1_024, 768)):
        monkeypatch.setattr(facts.descriptors, "most_files", lambda files=files: files)
        monkeypatch.setattr(facts.metrics, "open_streams", lambda streams=streams: streams)
        told.append([(fact.value, fact.well) for fact in facts._streams()])
    assert told == [
        [("12 of 49,152 at most", True), ("65,536", True)],
        [("12 of 768 at most", True), ("1,024", False)],
        [("768 of 768 at most", False), ("1,024", False)],
    ]


def test_little_disk_left_is_not_good(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def little(_path: Any) -> Any:
        return type("Usage", (), {"free": 5, "total": 100})

    monkeypatch.setattr(facts.shutil, "disk_usage", little)
    found = {fact.name: fact for fact in facts._kept(None)}
    assert found["Disk of MCPHUB_DATA"].well is False
