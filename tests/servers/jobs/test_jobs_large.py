"""Large results: told with their beginning and a link, and read page by page, by whoever may."""

import base64
import json
from datetime import timedelta

import pytest
from django.db.models import F

from monitoring import audit
from monitoring.models import AuditEvent
from servers.jobs import addresses, large
from servers.jobs.marking import outcome_label
from servers.models import AccessRule, Job, JobPart, ServerEntry
from servers.protocol.outcome import ToolOutcome
from tests import authored_works, make
from tests.hub import REVISIONS
from tests.works import caller_of, serve

LINKS_SINCE = "2025-06-18"
FIRST = "mcphub-job://{}/result/0"


def pages(works, uri, **options):
    """Yield the contents of a page after the other, as their sentences lead."""
    while uri:
        contents, note = works.read(uri, **options).result["contents"]
        assert contents["uri"] == uri
        yield contents
        _, _, uri = note["text"].partition("The next page: ")


def whole(works, uri, **options):
    """Return the pages of a text together."""
    return "".join(each["text"] for each in pages(works, uri, **options))


def uri_of(answer):
    """Return where the first page is, as the text tells it."""
    return answer.text.split("resources/read at ")[1].split(";")[0]


@pytest.mark.parametrize("revision", REVISIONS)
def test_five_megabytes_of_mixed_text_come_back_page_by_page(works, revision):
    answer = works.call("much_text", revision=revision)
    assert len(authored_works.TEXT.encode()) > 5_000_000
    assert len(answer.body) < 20_000
    assert answer.text.partition("It begins:\n\n")[2] == authored_works.TEXT[:2_000]
    link = answer.result["content"][1]
    if revision >= LINKS_SINCE:
        assert (link["type"], link["mimeType"]) == ("resource_link", "text/plain")
        assert link["size"] == len(authored_works.TEXT.encode())
        assert link["uri"] == uri_of(answer)
    else:
        assert link == {"type": "text", "text": f"result: {uri_of(answer)}"}
    found = list(pages(works, uri_of(answer), revision=revision))
    assert "".join(each["text"] for each in found) == authored_works.TEXT
    assert all(len(each["text"].encode()) <= large.A_PIECE for each in found)
    if revision >= LINKS_SINCE:
        said = [each["_meta"]["mcphub/page"] for each in found]
        assert [each["page"] for each in said] == list(range(len(found)))
        assert said[0]["next"] == found[1]["uri"] and "next" not in said[-1]


def test_small_result_is_told_whole(works):
    answer = works.call("much_text", {"characters": 1_000})
    assert answer.text == authored_works.TEXT[:1_000]
    assert answer.result["structuredContent"] == {"result": answer.text}
    assert not JobPart.objects.exists()


@pytest.mark.parametrize("revision", ["2025-03-26", "2026-07-28"])
def test_structured_value_stays_in_the_answer_while_programs_take_it_at_once(works, revision):
    answer = works.call("many_rows", {"rows": 8_000}, revision=revision)
    rows = {"rows": authored_works.ROWS[:8_000]}
    if revision >= LINKS_SINCE:
        assert answer.result["structuredContent"] == rows
        assert answer.text.startswith("structuredContent has the value of this result whole;")
    else:
        assert answer.text.startswith("This result is too large to be told at once:")
    assert len(answer.text) < 3_000 and not answer.result["isError"]
    assert json.loads(whole(works, uri_of(answer), revision=revision)) == rows


@pytest.mark.parametrize("revision", ["2025-03-26", "2026-07-28"])
def test_structured_value_beyond_that_is_in_the_pages_as_json(works, revision):
    answer = works.call("many_rows", revision=revision)
    assert "structuredContent" not in answer.result
    found = list(pages(works, uri_of(answer), revision=revision))
    assert {each["mimeType"] for each in found} == {"application/json"}
    together = json.loads("".join(each["text"] for each in found))
    assert together == {"rows": authored_works.ROWS}


@pytest.mark.behaviour("H7")
@pytest.mark.parametrize("revision", REVISIONS)
def test_result_without_the_value_that_was_promised_is_told_as_an_error(works, revision):
    answer = works.call("many_rows", revision=revision)
    promised = revision >= LINKS_SINCE
    assert answer.result["isError"] == promised
    assert answer.text.startswith("The tool did its work.") == promised
    job = Job.objects.get()
    assert (job.state, job.is_error, job.reason) == ("completed", False, "")
    assert outcome_label(job) == "ok"


def test_result_of_a_tool_that_promised_nothing_is_no_error(works):
    value = ToolOutcome([], {"rows": ["x"] * 500_000})
    kept = large.kept_result("0" * 32, value, lambda: large.Client(promised=False))
    assert not kept.breaks and "too large to be told at once" in kept.result


def test_result_that_says_no_is_told_as_it_is(works):
    no = ToolOutcome([{"type": "text", "text": "x" * 300_000}], None, True)
    kept = large.kept_result("0" * 32, no, lambda: large.Client(promised=True))
    assert not kept.breaks and "The tool did its work" not in kept.result


def test_task_of_such_a_result_says_what_its_result_says(works, bob):
    session = works.hub.session("works", "2025-11-25", make.token(bob, works.server))
    options = {"revision": "2025-11-25", "session": session, "token": session.token}

    def ask(method, **params):
        return works.hub.post("works", method, params, **options).result

    task = ask("tools/call", name="many_rows", arguments={}, task={})["task"]["taskId"]
    assert ask("tasks/result", taskId=task)["isError"]
    assert ask("tasks/get", taskId=task)["status"] == "failed"
    assert [one["status"] for one in ask("tasks/list")["tasks"]] == ["failed"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_page_of_a_picture_is_base64_of_its_own(works, revision):
    answer = works.call("picture", revision=revision)
    found = list(pages(works, uri_of(answer), revision=revision))
    assert {each["mimeType"] for each in found} == {"image/png"} and len(found) > 5
    assert b"".join(base64.b64decode(each["blob"]) for each in found) == authored_works.PICTURE
    if revision >= LINKS_SINCE:
        assert answer.result["content"][1]["size"] == len(authored_works.PICTURE)


def test_several_blocks_are_one_document(works):
    answer = works.call("album")
    assert answer.text.endswith("It begins:\n\nTwo things")
    content = json.loads(whole(works, uri_of(answer)))["content"]
    assert content[0] == {"type": "text", "text": "Two things"}
    assert base64.b64decode(content[1]["data"]) == authored_works.PICTURE


def test_more_than_is_kept_ends_the_job_with_that_reason(works):
    answer = works.call("beyond")
    assert "larger than the hub keeps" in answer.error["message"]
    job = Job.objects.get()
    assert (job.state, job.reason, job.result) == ("failed", "too_large", "")
    assert not JobPart.objects.exists()


def test_pages_are_in_no_list(works):
    uri_of(works.call("much_text"))
    assert works.hub.post("works", "resources/list").result["resources"] == []
    assert works.hub.post("works", "resources/templates/list").result["resourceTemplates"] == []


def test_reads_are_in_the_trail(works):
    uri = uri_of(works.call("much_text"))
    works.read(uri)
    works.read(uri[:-1] + "99999")
    audit.flush()
    rows = AuditEvent.objects.filter(kind="read").order_by("id")
    told = [(row.entry, row.verdict, row.reason, row.outcome) for row in rows]
    assert told == [
        (addresses.TEMPLATE, "allow", "public", "ok"),
        (uri[:-1] + "99999", "deny", "unknown", "denied"),
    ]


# --- who may read ---------------------------------------------------------------------------------


@pytest.fixture
def private(hub, bob):
    """A server of bob's team."""
    return serve(hub, "private", team=bob.teams.get())


def refused(answer):
    """Return whether an answer is the one to an address that is not there."""
    return answer.code in {-32602, -32002} and answer.error["message"] == "Resource not found"


@pytest.mark.parametrize("revision", REVISIONS)
def test_pages_are_its_callers_alone(private, bob, revision):
    colleague = make.member(bob.teams.get(), make.user("dora")).user
    theirs = make.token(bob, private.server)
    uri = uri_of(private.call("much_text", token=theirs, revision=revision))
    assert refused(private.read(uri, token=make.token(colleague, private.server)))
    another = make.token(bob, private.server)
    assert private.read(uri, token=another, revision=revision).result["contents"]


def test_pages_of_nobodys_job_are_not_somebodys_and_the_other_way_round(works, bob):
    token = make.token(bob, works.server)
    open_to_all = uri_of(works.call("much_text"))
    bobs = uri_of(works.call("much_text", token=token))
    assert works.read(open_to_all).result and works.read(bobs, token=token).result
    assert refused(works.read(bobs)) and refused(works.read(open_to_all, token=token))


def test_pages_are_on_their_server_alone(works, private):
    assert refused(
        private.read(uri_of(works.call("much_text")), token=make.token(make.user(), private.server))
    )


def test_client_without_the_scope_of_the_tool_is_told_so(private, bob):
    uri = uri_of(private.call("much_written", token=make.token(bob, private.server)))
    read_only = make.token(bob, private.server, scopes=["mcp:read"])
    answer = private.read(uri, token=read_only)
    assert answer.status == 403 and "mcp:write" in str(answer.header("www-authenticate"))
    assert private.read(uri, token=make.token(bob, private.server)).result


def test_pages_go_with_the_access_to_their_tool(private, bob):
    token = make.token(bob, private.server)
    uri = uri_of(private.call("much_text", token=token))
    make.rule(private.server, user=bob, effect=AccessRule.Effect.DENY, pattern="much_*")
    private.hub.refresh()
    assert refused(private.read(uri, token=token))


def test_pages_stay_when_their_tool_is_gone(private, bob):
    token = make.token(bob, private.server)
    uri = uri_of(private.call("much_text", token=token))
    private.server.entries.filter(exposed_name="much_text").delete()
    private.hub.refresh()
    assert private.read(uri, token=token).result["contents"]


def test_pages_of_an_expired_job_are_not_there(works):
    uri = uri_of(works.call("much_text"))
    Job.objects.update(expires_at=F("created_at") - timedelta(seconds=1))
    assert refused(works.read(uri))


def test_small_result_has_no_pages(works):
    works.call("much_text", {"characters": 10})
    assert refused(works.read(FIRST.format(Job.objects.get().public_id)))


ODD = {
    "page beyond the last": "/result/99999",
    "huge page": "/result/" + "9" * 400,
    "negative": "/result/-1",
    "leading zero": "/result/00",
    "other digits": "/result/\u0660",
    "line break": "/result/0\n",
    "NUL": "/result/0\0",
    "query": "/result/0?a=b",
    "fragment": "/result/0#next",
    "no page": "/result/",
    "escaped": "/result/%30",
    "long": "/" + "x" * 100_000,
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_addresses_are_not_there(works, odd):
    uri = uri_of(works.call("much_text", {"characters": 400_000}))
    odd_uri = uri.removesuffix("/result/0") + ODD[odd]
    assert refused(works.read(odd_uri, revision="2025-11-25"))


@pytest.mark.parametrize(
    "uri", ["mcphub-job:", "mcphub-job://", "MCPHUB-JOB://x/result/0", "mcphub-job://\0/result/0"]
)
def test_addresses_of_no_job_are_not_there(works, uri):
    assert refused(works.read(uri, revision="2025-11-25"))


@pytest.mark.parametrize("uri", [None, 7, ["mcphub-job://"], {}])
def test_address_that_is_no_text_is_refused(works, uri):
    assert works.read(uri, revision="2025-11-25").code == -32602


def test_template_of_a_server_does_not_cover_the_hubs_own_addresses(works):
    body = {"name": "all", "uriTemplate": "mcphub-job://{+all}"}
    row = make.entry(works.source, "all", "template", body)
    ServerEntry.objects.create(
        server=works.server,
        entry=row,
        kind="template",
        exposed_name="mcphub-job://{+all}",
        position=0,
    )
    works.hub.refresh()
    assert works.hub.post("works", "resources/templates/list").result["resourceTemplates"]
    assert refused(works.read(f"mcphub-job://{'0' * 32}/result/0"))


# --- the pieces, as values ------------------------------------------------------------------------


@pytest.mark.parametrize("character", ["a", "ñ", "漢", "👩", "\0", "\u2028"])
def test_pieces_are_cut_between_characters(character):
    text = "x" + character * 300_000
    kept = large.kept_result("0" * 32, ToolOutcome([{"type": "text", "text": text}]))
    pieces = [json.loads(each)["text"] for each in kept.pieces]
    assert "".join(pieces) == text
    assert all(piece and len(piece.encode()) <= large.A_PIECE for piece in pieces)


def test_text_that_says_something_else_than_the_value_is_kept_with_it():
    outcome = ToolOutcome([{"type": "text", "text": "see the value"}], {"rows": ["x"] * 500_000})
    kept = large.kept_result("0" * 32, outcome)
    together = json.loads("".join(json.loads(each)["text"] for each in kept.pieces))
    assert together == {"content": outcome.content, "structuredContent": outcome.structured}


def test_no_content_at_all_is_kept():
    kept = large.kept_result("0" * 32, ToolOutcome([], {"rows": ["x"] * 500_000}))
    assert "It begins" not in kept.result and len(kept.pieces) > 10


def test_caller_is_read_again_from_their_row(works, bob):
    job = works.accepted("much_text", by=caller_of(bob, works.server))
    assert works.work(job).state == "completed"
