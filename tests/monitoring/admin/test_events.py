"""The list of the trail in the admin: pages by place, timeline, export; the page of one event."""

import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.models import User
from accounts.oauth.registration import ClientMetadata
from monitoring import audit
from monitoring.admin import words
from monitoring.models import AuditEvent
from monitoring.trail.narrowing import Narrowed
from tests import make
from tests.admin_pages import changes, text, url

LIST = "/admin/monitoring/auditevent/"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def record(number: int = 1, **fields: Any) -> None:
    for _ in range(number):
        audit.record(audit.Event(**{"kind": "call", "action": "tools/call", **fields}))
    audit.flush()


def test_pages_lead_to_older_and_newer_events(page: Client) -> None:
    record(120, outcome="ok")
    first = page.get(LIST, {"outcome": "ok"}).context["cl"]
    assert (len(first.result_list), first.paginator.newer) == (50, "")
    second = page.get(LIST + first.paginator.older).context["cl"]
    assert second.result_list[0].pk == first.result_list[-1].pk - 1
    assert "outcome=ok" in second.paginator.newer
    back = page.get(LIST + second.paginator.newer).context["cl"]
    assert [row.pk for row in back.result_list] == [row.pk for row in first.result_list]
    last = page.get(LIST + second.paginator.older)
    assert (len(last.context["cl"].result_list), "That is the oldest" in text(last)) == (20, True)


def test_the_list_draws_its_events_over_time(page: Client) -> None:
    record(3, outcome="ok")
    record(2, outcome="denied", verdict="deny")
    html = text(page.get(LIST))
    assert "OK 3" in html and "Denied 2" in html
    assert "Denied 2" not in text(page.get(LIST, {"outcome": "ok"}))


def test_a_moment_that_is_none_is_told(page: Client) -> None:
    record()
    answer = page.get(LIST, {"from": SCRIPT})
    assert "is no moment" in text(answer) and SCRIPT not in text(answer)
    assert not answer.context["cl"].result_list


@pytest.mark.parametrize(
    "query",
    [{}, {"q": "demo"}, {"span": "week", "server": "demo"}, {"who": "nobody", "kind": "call"}],
    ids=str,
)
def test_more_events_take_no_more_queries(query: dict[str, str], page: Client) -> None:
    record(2, server="demo")
    few = _queries(page, query)
    record(150, server="demo")
    assert _queries(page, query) <= few


def _queries(page: Client, query: dict[str, str]) -> int:
    page.get(LIST, query)
    with CaptureQueriesContext(connection) as seen:
        assert page.get(LIST, query).status_code == 200
    return len(seen)


def test_an_export_holds_what_is_shown_and_is_in_the_trail(alice: User) -> None:
    record(entry="wanted", server="demo")
    record(entry="other")

    async def read() -> tuple[Any, bytes]:
        client = AsyncClient()
        await client.aforce_login(alice)
        answer: Any = await client.post(f"{LIST}export/csv/?server=demo")
        return answer, b"".join([part async for part in answer])

    answer, body = async_to_sync(read)()
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    assert b"wanted" in body and b"other" not in body
    (change,) = changes("trail.export")
    assert change["after"] == {"form": "csv", "server": "demo"}
    assert change["user"] == alice.public_id


def test_an_export_is_for_who_may_see_the_trail(client: Client, db: None) -> None:
    staff = make.user("staff", is_staff=True)
    client.force_login(staff)
    assert client.post(f"{LIST}export/csv/").status_code == 403
    assert not changes("trail.export")
    staff.user_permissions.add(Permission.objects.get(codename="view_auditevent"))
    assert client.post(f"{LIST}export/csv/").status_code == 200
    assert client.get(f"{LIST}export/csv/").status_code == 405
    assert client.post(f"{LIST}export/pdf/").status_code == 404


def test_an_event_shows_the_other_rounds_of_its_call(page: Client) -> None:
    rounds = {"entry": "book", "data": json.dumps({"call": "c1"})}
    record(kind="question", outcome="input_required", **rounds)
    record(entry="book", data=json.dumps({"call": "c2"}))
    record(outcome="ok", **rounds)
    first, _, last = AuditEvent.objects.order_by("id")
    html = text(page.get(url(AuditEvent, "change", last.pk)))
    ((title, found),) = page.get(url(AuditEvent, "change", last.pk)).context["around"].lists
    assert (title, [row.pk for row in found]) == ("Rounds of the same call", [first.pk])
    assert url(AuditEvent, "change", first.pk) in html


def test_an_event_shows_its_trace_and_what_its_person_did_beside_it(page: Client) -> None:
    person = uuid4()
    record(trace_id="t1", entry=SCRIPT)
    record(trace_id="t1", user=person, entry="here")
    record(user=person, entry="later")
    here = AuditEvent.objects.get(entry="here")
    answer = page.get(url(AuditEvent, "change", here.pk))
    lists = {title: [row.entry for row in rows] for title, rows in answer.context["around"].lists}
    assert lists == {
        "In the same trace": [SCRIPT],
        "This person before and after": ["later"],
    }
    assert SCRIPT not in text(answer)
    assert f"?who={person}" in text(answer)


def test_what_stands_around_an_event_takes_the_same_queries(page: Client) -> None:
    person = uuid4()
    data = json.dumps({"call": "c1"})
    record(3, user=person, trace_id="t", entry="book", data=data)
    address = url(AuditEvent, "change", AuditEvent.objects.all()[1].pk)
    page.get(address)
    with CaptureQueriesContext(connection) as few:
        page.get(address)
    record(50, user=person, trace_id="t", entry="book", data=data)
    with CaptureQueriesContext(connection) as many:
        page.get(address)
    assert len(many) <= len(few)


def test_the_list_and_the_page_say_what_a_client_was_refused_and_where_it_asked(
    page: Client,
) -> None:
    data = json.dumps({"address": "192.0.2.7"})
    refused = {"verdict": "deny", "outcome": "denied", "reason": "verifier", "data": data}
    record(kind="token", action="token.refuse", client="c1", **refused)
    record(kind="token", action="token.issue", client="c1", outcome="ok", data=data)
    record(kind="token", action="token.issue", client="c2", outcome="ok", data=data)
    html = text(page.get(LIST, {"client": "c1"}))
    assert "Client got no tokens" in html and "Tokens given to a client" in html
    assert "The code verifier does not fit, from 192.0.2.7" in html
    assert len(page.get(LIST, {"client": "c1"}).context["cl"].result_list) == 2
    first = AuditEvent.objects.order_by("id")[0]
    shown = text(page.get(url(AuditEvent, "change", first.pk)))
    assert "The code verifier does not fit (verifier)" in shown and "192.0.2.7" in shown
    assert "before and after" not in shown.lower()


def test_a_client_that_registered_is_called_by_its_name(page: Client) -> None:
    made = services.register_client(
        metadata=ClientMetadata("Editor", (make.CALLBACK,)), address="192.0.2.7"
    )
    shown = page.get(LIST, {"client": str(made.client.public_id), "kind": "change"})
    (row,) = shown.context["cl"].result_list
    assert row.action == "client.register" and "Client registered" in text(shown)
    assert words.circumstances(row) == "Editor"


@pytest.fixture
def auditor(client: Client, db: None) -> User:
    """Somebody who sees the events of one team's server by a role alone; another team has some too."""
    team, theirs = make.team("Ours"), make.team("Theirs")
    make.server("ours", team=team)
    make.server("theirs", team=theirs)
    person = make.member(team, make.user("auditor"), "auditor").user
    other = make.user("other")
    audit.remember_person(other.public_id, "other")
    for owner, slug in ((team, "ours"), (theirs, "theirs")):
        values = {"team": str(owner.public_id), "server": slug, "trace_id": "t", "entry": slug}
        record(2, outcome="ok", user=other.public_id if slug == "theirs" else None, **values)
    client.force_login(person)
    return person


@pytest.mark.parametrize(
    "query", [{}, {"trace_id": "t"}, {"span": "day"}, {"outcome": "ok"}, {"q": "ours"}], ids=str
)
def test_who_is_here_by_a_role_sees_the_events_of_their_team_alone(
    query: dict[str, str], auditor: User, client: Client
) -> None:
    answer = client.get(LIST, query)
    assert {row.server for row in answer.context["cl"].result_list} == {"ours"}
    assert answer.context["cl"].timeline.sums == (("ok", "OK", 2),)


@pytest.mark.parametrize("query", [{"q": "theirs"}, {"who": "other"}, {"server": "theirs"}])
def test_a_role_learns_nothing_of_others_by_searching(
    query: dict[str, str], auditor: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Narrowed, "stretch", 1)
    shown = client.get(LIST, query).context["cl"]
    nobody = client.get(LIST, dict.fromkeys(query, "nosuch")).context["cl"]
    assert not shown.result_list and shown.timeline is None
    assert (shown.paginator.older, shown.paginator.partly) == (nobody.paginator.older, False)


def test_around_an_event_a_role_sees_its_team_alone(auditor: User, client: Client) -> None:
    first = AuditEvent.objects.filter(server="ours").latest("id")
    found = client.get(url(AuditEvent, "change", first.pk)).context["around"]
    assert {row.server for _, rows in found.lists for row in rows} == {"ours"}
    assert found.later is None
    foreign = AuditEvent.objects.filter(server="theirs").latest("id")
    assert client.get(url(AuditEvent, "change", foreign.pk)).status_code in (302, 403)


def test_a_role_exports_the_events_of_its_team_alone(auditor: User) -> None:
    async def read() -> bytes:
        client = AsyncClient()
        await client.aforce_login(auditor)
        answer: Any = await client.post(f"{LIST}export/jsonl/")
        return b"".join([part async for part in answer])

    lines = [json.loads(line) for line in async_to_sync(read)().splitlines()]
    assert {line["server"] for line in lines} == {"ours"}
