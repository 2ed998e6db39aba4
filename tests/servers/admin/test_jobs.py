"""Jobs in the admin: who sees what of them, and what is done with them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalog.models import Entry, Tool
from servers.jobs.boxes import opened
from servers.jobs.marking import mark
from servers.kept import steps
from servers.models import Job, JobMoment, JobPart, Server, Worker
from tests import make
from tests.admin_pages import changes, filled, many, text, url

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "pin": {"type": "string", "writeOnly": True}},
}
TAKEN = {"city": "Oslo", "pin": "4711-0815", "password": "hunter22"}
RESULT = json.dumps([[{"type": "text", "text": "4711-0815 opened Oslo"}], None])


@pytest.fixture
def tool(db: None) -> Entry:
    return make.entry(make.source("demo"), "count", body={"name": "count", "inputSchema": SCHEMA})


@pytest.fixture
def server(tool: Entry) -> Server:
    return make.server("weather", entries=[tool], team=make.team("Ours"))


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def job(server: Server, **fields: Any) -> Job:
    return make.job(server, server.entries.get().entry, taken=TAKEN, **fields)


def ended(server: Server, state: str = "failed", **fields: Any) -> Job:
    now = timezone.now()
    return job(server, state=state, attempt=1, started_at=now, ended_at=now, **fields)


def reader(client: Client, *names: str) -> None:
    person = make.user("reader", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(person)


def shown(client: Client, row: Job, name: str = "change") -> str:
    return text(client.get(url(Job, name, row.pk)))


# --- what is seen ---------------------------------------------------------------------------------


def test_list_says_how_each_stands(page: Client, server: Server, charlie: User) -> None:
    job(server, user=charlie, state="working", progress=3.0, total=4.0, message="Counting")
    ended(server, reason="lost")
    html = text(page.get(url(Job, "changelist")))
    for words in (
        "charlie",
        "anonymous",
        "Working",
        "3 of 4 (75 %)",
        "Counting",
        "worker was lost",
    ):
        assert words in html
    rows = text(page.get(url(Job, "rows")))
    assert rows.count("data-row=") == 2 and "<html" not in rows


def test_longer_rows_ask_the_database_no_more(page: Client, server: Server) -> None:
    job(server, user=make.user())

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert page.get(url(Job, "rows")).status_code == 200
        return len(seen)

    queries()
    few = queries()
    for _ in range(30):
        job(server, user=make.user(), state="working")
    assert queries() <= few


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"is": "open"}, 1),
        ({"is": "failed"}, 1),
        ({"is": "said_no"}, 0),
        ({"on": "weather"}, 2),
        ({"on": "other"}, 0),
        ({"tool": "count"}, 2),
        ({"by": "anonymous"}, 1),
        ({"by": "charlie"}, 1),
        ({"why": "lost"}, 1),
        ({"q": "charlie"}, 1),
        ({"q": "count"}, 2),
    ],
)
def test_list_is_narrowed(
    page: Client, server: Server, charlie: User, query: dict[str, str], found: int
) -> None:
    job(server, user=charlie)
    ended(server, reason="lost")
    assert len(page.get(url(Job, "changelist"), query).context["cl"].result_list) == found


def test_what_ended_for_a_reason_has_failed_wherever_it_is_shown(
    page: Client, server: Server
) -> None:
    late = ended(server, state="completed", is_error=True, reason="timeout", result=RESULT)
    no = ended(server, state="completed", is_error=True, result=RESULT)
    mark(late, "completed", "timeout")
    mark(no, "completed")

    def found(state: str) -> list[str]:
        rows = text(page.get(url(Job, "rows"), {"is": state}))
        return [one.public_id for one in (late, no) if one.public_id[:8] in rows]

    assert found("failed") == [late.public_id] and found("said_no") == [no.public_id]
    told = shown(page, late)
    assert "<strong>Failed</strong>" in told and "<strong>Completed</strong>" not in told
    assert "<strong>Completed</strong>" in shown(page, no)


def test_beginning_of_an_id_finds_its_job(page: Client, server: Server) -> None:
    row = job(server)
    listed = page.get(url(Job, "changelist"), {"q": row.public_id[:8]})
    assert [one.pk for one in listed.context["cl"].result_list] == [row.pk]


def test_input_and_result_are_masked(page: Client, server: Server) -> None:
    row = ended(server, "completed", result=RESULT)
    html = shown(page, row)
    assert "Oslo" in html and "[masked]" in html and "[masked] opened Oslo" in html
    assert "4711-0815" not in html and "hunter22" not in html


def test_large_result_is_shown_as_it_was_told_and_says_so(page: Client, server: Server) -> None:
    row = ended(server, "completed", result=RESULT)
    assert "pages, which the client reads" not in shown(page, row)
    for position in range(2):
        JobPart.objects.create(job=row, position=position, body=json.dumps({"text": "4711-0815"}))
    html = shown(page, row)
    assert "All of it is in 2 pages, which the client reads" in html and "4711-0815" not in html


def test_all_is_masked_of_a_definition_that_is_gone(page: Client, server: Server) -> None:
    html = shown(page, ended(server, "completed", result=RESULT, sha256="0" * 64))
    assert "Oslo" not in html and "[masked]" in html


def test_who_may_not_see_recorded_calls_sees_how_it_stands_alone(
    client: Client, server: Server
) -> None:
    asked = {"q": {"method": "elicitation/create", "params": {"message": "Whom?"}}}
    row = job(server, state="waiting", asked=json.dumps(asked))
    reader(client, "view_job")
    html = shown(client, row)
    assert "Waits for answers" in html and "1 open question" in html
    assert "Oslo" not in html and "Whom?" not in html
    assert f"/admin/catalog/tool/{row.entry_id}/" not in html and "/cancel/" not in html
    reader_too = User.objects.get(username="reader")
    reader_too.user_permissions.add(Permission.objects.get(codename="view_callcontent"))
    assert "Whom?" in shown(client, row) and "Oslo" in shown(client, row)


def test_input_sealed_with_a_key_that_is_gone_is_told(page: Client, server: Server) -> None:
    row = job(server, arguments="AQIDBA")
    assert "sealed with a key that this hub no longer has" in shown(page, row)


def test_page_tells_when_nothing_changes_any_more(page: Client, server: Server) -> None:
    row = job(server)
    assert "data-refresh=" in shown(page, row)
    assert "data-over" not in shown(page, row, "part")
    row = ended(server)
    assert "data-over" in shown(page, row, "part")


# --- what is done ---------------------------------------------------------------------------------


def test_cancelling_asks_then_ends_it(page: Client, server: Server) -> None:
    row = job(server)
    asked = text(page.get(url(Job, "cancel", row.pk)))
    assert "may have happened" in asked and Job.objects.get().state == "queued"
    page.post(url(Job, "cancel", row.pk))
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", "admin")
    (change,) = changes("job.cancel")
    assert (change["before"]["state"], change["after"]["state"]) == ("queued", "cancelled")
    late = page.post(url(Job, "cancel", row.pk), follow=True)
    assert "It has ended meanwhile." in text(late) and len(changes("job.cancel")) == 1


def test_many_are_cancelled_once_their_number_is_typed(page: Client, server: Server) -> None:
    keys = [job(server).pk, job(server).pk]
    many(page, Job, "cancel_many", keys, "2 jobs")
    assert set(Job.objects.values_list("state", flat=True)) == {"cancelled"}


def test_retry_is_a_new_job_for_the_same_caller(
    page: Client, server: Server, charlie: User
) -> None:
    row = ended(server, user=charlie, reason="lost", answers='{"a": ["d", 1]}')
    steps.begin(row.call, "paid", 60.0)
    steps.end(row.call, "paid", steps.DONE, "7")
    steps.begin(row.call, "sent", 60.0)
    assert "It may have run." in text(page.get(url(Job, "retry", row.pk)))
    page.post(url(Job, "retry", row.pk))
    again = Job.objects.exclude(pk=row.pk).get()
    assert (again.state, again.user, again.answers) == ("queued", charlie, row.answers)
    assert opened(again.arguments, again.public_id) == TAKEN
    assert steps.begin(again.call, "paid", 60.0) == steps.Step(False, steps.DONE, "7")
    assert steps.begin(again.call, "sent", 60.0).mine
    (change,) = changes("job.retry")
    assert change["before"]["job"] == row.public_id and change["after"]["job"] == again.public_id
    whats = JobMoment.objects.filter(what__in=("retried", "retry_of")).values_list("job", "detail")
    assert set(whats) == {(row.pk, again.public_id), (again.pk, row.public_id)}
    assert f"/admin/servers/job/{again.pk}/change/" in shown(page, row)


def test_one_that_may_be_repeated_or_never_began_warns_of_nothing(
    page: Client, server: Server
) -> None:
    for row in (ended(server, is_repeatable=True), job(server, state="cancelled")):
        assert "It may have run." not in text(page.get(url(Job, "retry", row.pk)))


def test_what_did_not_fail_is_not_done_again(page: Client, server: Server) -> None:
    for row in (job(server), ended(server, "completed")):
        page.post(url(Job, "retry", row.pk))
    assert Job.objects.count() == 2 and not changes("job.retry")


def test_retry_keeps_to_the_quota(page: Client, server: Server) -> None:
    Server.objects.update(jobs_open=1)
    job(server)
    answer = page.post(url(Job, "retry", ended(server).pk), follow=True)
    assert "As many jobs as may be are open" in text(answer) and Job.objects.count() == 2


def test_only_what_has_ended_is_deleted(page: Client, server: Server) -> None:
    row, done = job(server), ended(server)
    for one in (row, done):
        page.post(url(Job, "delete", one.pk), {"name": one.public_id[:8]})
    assert Job.objects.get() == row and len(changes("job.purge")) == 1


def test_who_may_only_see_does_nothing(client: Client, server: Server) -> None:
    row = ended(server)
    reader(client, "view_job")
    for name in ("cancel", "retry", "delete"):
        for answer in (client.get(url(Job, name, row.pk)), client.post(url(Job, name, row.pk))):
            assert answer.status_code == 403
    assert Job.objects.count() == 1 and not changes()


# --- the switch and the work in all ---------------------------------------------------------------


def test_switch_says_what_the_author_says_and_decides_over_it(page: Client, tool: Entry) -> None:
    address = url(Tool, "change", tool.pk)
    looked = page.get(address)
    assert "As its author says: within the call" in text(looked)
    page.post(address, {**filled(looked), "runs": "job"})
    tool.refresh_from_db()
    assert tool.runs == "job" and [one["after"] for one in changes("entry.runs")] == [
        {"runs": "job"}
    ]


def test_many_tools_are_switched_after_a_question(page: Client, tool: Entry) -> None:
    order = {"action": "set_runs", "_selected_action": [tool.pk]}
    assert "How they run" in text(page.post(url(Tool, "changelist"), order))
    assert not changes("entry.runs")
    page.post(url(Tool, "changelist"), {**order, "sent": "1", "runs": "auto"})
    tool.refresh_from_db()
    assert tool.runs == "auto"


def test_overview_warns_of_jobs_that_nobody_does(page: Client, server: Server) -> None:
    job(server)
    assert "Jobs wait, and no worker is alive" in text(page.get("/admin/"))
    now = timezone.now()
    worker = Worker.objects.create(
        name="w1", pool="prefork", slots=4, busy=1, started_at=now, seen_at=now
    )
    html = text(page.get("/admin/"))
    assert "no worker is alive" not in html and "1 of 4 busy" in html
    Worker.objects.filter(pk=worker.pk).update(seen_at=now - timedelta(seconds=31))
    html = text(page.get("/admin/"))
    assert "no worker is alive" in html and "Gone" in html
    Worker.objects.filter(pk=worker.pk).update(seen_at=now - timedelta(hours=2))
    assert "No worker was heard lately" in text(page.get("/admin/"))


def test_system_page_knows_workers_but_its_report_names_none(page: Client, db: None) -> None:
    now = timezone.now()
    Worker.objects.create(
        name="secret-host:1", pool="prefork", slots=4, started_at=now, seen_at=now
    )
    answer = page.get("/admin/system/")
    assert "secret-host" in text(answer) and "Delete old jobs" in text(answer)
    assert "secret-host" not in answer.context["report"]
