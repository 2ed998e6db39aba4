"""The live view: calls of every process, newest first, of whom one asks for, to who may see them."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import OAuthClient, User
from monitoring import audit, calls
from monitoring.admin.live import lasted
from monitoring.models import AuditEvent, AuditPerson, CallContent
from tests import make
from tests.admin_pages import text, url

LIVE, ROWS = "/admin/monitoring/auditevent/live/", "/admin/monitoring/auditevent/live/rows/"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def record(entry: str = "add", **fields: Any) -> int:
    audit.record(audit.Event("call", "tools/call", **{"entry": entry, **fields}))
    audit.flush()
    return AuditEvent.objects.order_by("-id").values_list("id", flat=True)[0]


def shown(client: Client, address: str = LIVE, /, **query: Any) -> list[str]:
    """What the shown calls were about, as listed."""
    answer = client.get(address, query)
    assert answer.status_code == 200
    return [call.entry for call in answer.context["calls"]]


def test_calls_are_shown_newest_first_with_what_one_asks(page: Client, bob: User) -> None:
    known = OAuthClient.objects.create(name="Claude", client_id="claude")
    audit.remember_person(bob.public_id, "bob")
    record("first")
    number = record(
        "second",
        user=bob.public_id,
        client=str(known.public_id),
        server="demo",
        verdict="allow",
        outcome="error",
        duration_us=12_300,
    )
    html = text(page.get(LIVE))
    assert shown(page) == ["second", "first"]
    for part in ("bob", "Claude", "demo", "Allowed", "Error", "12.3 ms"):
        assert part in html
    assert url(AuditEvent, "change", number) in html


@pytest.mark.parametrize(
    ("took", "said"),
    [
        (0, "< 0.1 ms"),
        (250, "0.2 ms"),
        (48_310, "48.3 ms"),
        (1_500_000, "1.5 s"),
        (10**10, "10,000.0 s"),
    ],
)
def test_durations_are_said_as_people_say_them(took: int, said: str) -> None:
    assert lasted(took) == said


def test_denied_call_says_why(page: Client) -> None:
    record(verdict="deny", reason="denied_by_rule", outcome="denied", detail="rule 7")
    html = text(page.get(LIVE))
    assert "Denied" in html and "A rule denies it: rule 7" in html


def test_only_calls_are_shown(page: Client) -> None:
    audit.record(audit.Event("change", "server.update", entry="change"))
    audit.record(audit.Event("session", "session.begin", entry="session"))
    audit.record(audit.Event("question", "tools/call", entry="asks", outcome="input_required"))
    audit.record(audit.Event("read", "resources/read", entry="note"))
    audit.record(audit.Event("get", "prompts/get", entry="prompt"))
    audit.flush()
    assert shown(page) == ["prompt", "note", "asks"]
    assert "Asked the client" in text(page.get(LIVE))


@pytest.mark.parametrize(
    ("name", "value"),
    [("server", "demo"), ("client", "c1"), ("user", "bob"), ("user", str(uuid.UUID(int=7)))],
)
def test_calls_are_narrowed(name: str, value: str, page: Client) -> None:
    AuditPerson.objects.create(pk=uuid.UUID(int=7), label="bob")
    record("other", server="x", client="c2", user=uuid.UUID(int=8))
    record("wanted", server="demo", client="c1", user=uuid.UUID(int=7))
    assert shown(page, **{name: value}) == shown(page, ROWS, **{name: value}) == ["wanted"]
    assert shown(page, **{name: "nosuch"}) == []
    assert "No such call lately" in text(page.get(LIVE, {name: "nosuch"}))


def test_client_and_person_are_found_by_their_names_of_now(page: Client, bob: User) -> None:
    known = OAuthClient.objects.create(name="Claude", client_id="claude")
    record("wanted", client=str(known.public_id), user=bob.public_id)
    record("other")
    assert shown(page, client="Claude") == shown(page, user="bob") == ["wanted"]


def test_server_person_and_client_lead_to_their_calls(page: Client, bob: User) -> None:
    known = OAuthClient.objects.create(name="Claude", client_id="claude")
    for row, asked in (
        (make.server("demo"), "server=demo"),
        (bob, "user=bob"),
        (known, f"client={known.public_id}"),
    ):
        address = url(type(row), "change", row.pk).replace("/change/", "/calls/")
        assert address.rstrip("/") in text(page.get(url(type(row), "change", row.pk)))
        assert page.get(address)["Location"] == f"{LIVE}?{asked}"
    page.force_login(viewer("view_server"))
    address = url(type(row), "change", row.pk).replace("/change/", "/calls/")
    assert page.get(address).status_code == 403


@pytest.mark.parametrize("name", ["server", "client", "user"])
@pytest.mark.parametrize("value", ["\0", "x" * 5_000, SCRIPT, "' OR 1=1", "{{ 7|add:1 }}"])
def test_odd_filter_finds_nothing_and_breaks_nothing(name: str, value: str, page: Client) -> None:
    record()
    assert shown(page, **{name: value}) == []
    assert SCRIPT not in text(page.get(LIVE, {name: value}))


def test_only_what_is_newer_is_sent_again(page: Client) -> None:
    record("old")
    number = record("known")
    record("new")
    assert shown(page, ROWS, after=number) == ["new"]
    assert shown(page, ROWS, after=number + 1) == []
    assert text(page.get(ROWS, {"after": number + 1})).strip() == ""
    for odd in ("", "x", "-1", "9" * 30, "\u0663"):
        assert len(shown(page, ROWS, after=odd)) in (0, 3)


def test_rows_are_bounded_and_so_is_how_far_they_are_looked_for(
    page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "SHOWN", 3)
    for number in range(6):
        record(f"n{number}", server="old" if number < 2 else "new")
    assert shown(page) == ["n5", "n4", "n3"]
    monkeypatch.setattr(calls, "WINDOW", 3)
    assert shown(page, server="old") == []


def test_more_calls_cost_no_more_queries(page: Client) -> None:
    counts = []
    for number in (2, 30):
        for each in range(number):
            token = OAuthClient.objects.create(name="c", client_id=f"{number}-{each}")
            person = AuditPerson.objects.create(label=f"p{number}-{each}")
            record(client=str(token.public_id), user=person.pk, server="demo")
        page.get(LIVE)
        for address in (LIVE, ROWS):
            with CaptureQueriesContext(connection) as seen:
                page.get(address, {"server": "demo"})
            counts.append(len(seen))
            assert not any("COUNT(" in q["sql"] for q in seen if "auditevent" in q["sql"])
    assert counts[:2] == counts[2:]


def test_what_calls_are_named_is_text(page: Client) -> None:
    fields = ("server", "client", "reason", "detail", "outcome")
    record(SCRIPT, **dict.fromkeys(fields, SCRIPT))
    for address in (LIVE, ROWS):
        assert SCRIPT not in text(page.get(address))


def test_empty_view_says_what_to_do(page: Client) -> None:
    html = text(page.get(LIVE))
    assert "No call yet" in html and "My servers" in html


def test_who_may_not_see_the_trail_sees_no_call(client: Client, db: None) -> None:
    record("hidden")
    client.force_login(make.user("staff", is_staff=True))
    for address in (LIVE, ROWS):
        assert client.get(address).status_code == 403
    client.force_login(make.user("person"))
    assert client.get(ROWS).status_code == 302
    assert "auditevent/live" not in text(client.get("/admin/", follow=True))


def test_who_may_see_the_trail_sees_calls(client: Client, db: None) -> None:
    record("seen")
    client.force_login(viewer("view_auditevent"))
    assert shown(client) == shown(client, ROWS) == ["seen"]
    assert LIVE in text(client.get("/admin/"))


def viewer(*permissions: str) -> User:
    staff = make.user(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return staff


# --- an event's page: what was recorded ---


def content(**fields: str) -> int:
    """A recorded call; return its event's number."""
    now = timezone.now()
    made = CallContent.objects.create(
        id=uuid.uuid4(), at=now, server="demo", expires_at=now + timedelta(days=1), **fields
    )
    data = json.dumps({"content": str(made.pk)})
    return record(server="demo", verdict="allow", outcome="ok", data=data)


def test_event_shows_arguments_and_result_as_text(client: Client, db: None) -> None:
    number = content(
        arguments=json.dumps({"city": SCRIPT}), result=json.dumps({"content": ["ü", "\ud800"]})
    )
    client.force_login(viewer("view_auditevent", "view_callcontent"))
    html = text(client.get(url(AuditEvent, "change", number)))
    assert "&quot;city&quot;: &quot;&lt;script&gt;" in html and SCRIPT not in html
    assert "ü" in html and "Deleted after" in html
    assert "before and after" not in html


def test_who_may_not_see_contents_is_told_of_the_permission(client: Client, db: None) -> None:
    number = content(arguments='{"city": "Oslo"}')
    client.force_login(viewer("view_auditevent"))
    with CaptureQueriesContext(connection) as seen:
        html = text(client.get(url(AuditEvent, "change", number)))
    assert "Oslo" not in html and "you need the permission" in html
    assert not any("callcontent" in query["sql"] for query in seen)


@pytest.mark.parametrize(
    ("data", "verdict", "told"),
    [
        ("", "allow", "choose so under Recording"),
        ("", "deny", "nothing but this event is kept"),
        ('{"content_lost": true}', "allow", "too many others waited"),
        (json.dumps({"content": str(uuid.UUID(int=1))}), "allow", "have been deleted since"),
        ('{"content": "no id"}', "allow", "have been deleted since"),
        ("no json", "allow", "choose so under Recording"),
    ],
)
def test_event_without_contents_says_why(data: str, verdict: str, told: str, page: Client) -> None:
    number = record(server="demo", verdict=verdict, data=data)
    assert told in text(page.get(url(AuditEvent, "change", number)))


def test_event_that_is_no_call_speaks_of_no_contents(page: Client) -> None:
    audit.record(audit.Event("change", "server.update"))
    audit.flush()
    html = text(page.get(url(AuditEvent, "change", AuditEvent.objects.get().pk)))
    assert "Arguments and result" not in html


def test_a_call_of_the_playground_names_who_made_it(page: Client, alice: User) -> None:
    audit.remember_person(alice.public_id, "alice")
    record(client=f"playground:{alice.public_id}")
    assert "Playground, by alice" in text(page.get(LIVE))
