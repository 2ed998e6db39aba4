"""The audit trail in the admin: read only, found by index, never counted."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import IssuedToken, User
from monitoring import audit
from monitoring.admin.events import changed_lines
from monitoring.admin.words import ACTIONS
from monitoring.models import AuditEvent, AuditPerson, AuditSeal
from tests import make
from tests.admin_pages import changes, text, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def record(**fields: Any) -> None:
    audit.record(audit.Event(**{"kind": "call", "action": "tools/call", **fields}))
    audit.flush()


def names(client: Client, **query: str) -> list[str]:
    """What the listed events were about."""
    rows = client.get(url(AuditEvent, "changelist"), query).context["cl"].result_list
    return [row.entry for row in rows]


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "read"), ("server", "demo"), ("verdict", "deny"), ("outcome", "error")],
)
def test_events_are_filtered(field: str, value: str, page: Client) -> None:
    record(entry="other")
    record(entry="wanted", **{field: value})
    assert names(page, **{field: value}) == ["wanted"]
    assert names(page) == ["wanted", "other"]


def test_events_are_found_by_server_person_and_id(page: Client) -> None:
    person = uuid4()
    AuditPerson.objects.create(pk=person, label="bob")
    record(entry="on demo", server="demo")
    record(entry="by bob", user=person)
    assert names(page, q="demo") == ["on demo"]
    assert names(page, q="bob") == ["by bob"]
    assert names(page, q=str(person)) == ["by bob"]
    assert names(page, q="by") == []


def test_a_search_never_looks_into_texts_without_an_index(page: Client) -> None:
    with CaptureQueriesContext(connection) as seen:
        names(page, q="needle")
    assert not any("LIKE" in query["sql"].upper() for query in seen)


def test_the_trail_is_never_counted(page: Client) -> None:
    record()
    with CaptureQueriesContext(connection) as seen:
        html = text(page.get(url(AuditEvent, "changelist"), {"_facets": "1"}))
    on_events = [query["sql"] for query in seen if "monitoring_auditevent" in query["sql"]]
    assert on_events
    counting = [sql for sql in on_events if "COUNT(" in sql.upper()]
    assert all("GROUP BY" in sql for sql in counting)  # the timeline's, within a stretch
    assert "9,999,999,999" not in html and "9999999999" not in html


def test_an_event_shows_before_and_after(page: Client, alice: User) -> None:
    audit.record_change(
        actor=alice.public_id,
        actor_label="alice",
        action="server.update",
        server="demo",
        before={"title": "Old", "same": 1},
        after={"title": "New", "same": 1},
    )
    row = AuditEvent.objects.get()
    html = text(page.get(url(AuditEvent, "change", row.pk)))
    assert "Old" in html and "New" in html
    assert html.count("hub-differs") == 1
    assert "Server changed (server.update)" in html
    assert "alice" in html


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("", []),
        ("no json", [("data", "", "no json", True)]),
        ("[1]", [("data", "", "[1]", True)]),
        ('{"before": 1, "after": {}}', [("data", "", '{"before": 1, "after": {}}', True)]),
        ('{"cut": true}', [("cut", "", "true", True)]),
        (
            json.dumps({"before": {"entry": "a"}, "after": {"entry": "a", "x": None}}),
            [("what", "a", "a", False), ("x", "", "null", False)],
        ),
    ],
)
def test_any_data_is_laid_out(data: str, lines: list[Any]) -> None:
    assert changed_lines(data) == lines


def test_the_trail_cannot_be_changed(page: Client) -> None:
    record()
    row = AuditEvent.objects.get()
    assert page.post(url(AuditEvent, "add"), {}).status_code == 403
    assert page.post(url(AuditEvent, "change", row.pk), {"action": "x"}).status_code == 403
    assert page.post(url(AuditEvent, "delete", row.pk), {"name": str(row)}).status_code == 403
    assert AuditEvent.objects.get().action == row.action


def test_an_erased_name_is_gone_and_the_erasing_recorded(page: Client, alice: User) -> None:
    person = AuditPerson.objects.create(label="bob")
    record(user=person.pk)
    assert "bob" in text(page.get(url(AuditEvent, "changelist")))
    page.post(url(AuditPerson, "delete", person.pk), {"name": "bob"})
    person.refresh_from_db()
    assert (person.label, person.erased_at is None) == ("", False)
    (change,) = changes("person.erase")
    assert change["user"] == alice.public_id
    assert "bob" not in json.dumps({**change, "user": ""})
    assert "erased (" in text(page.get(url(AuditEvent, "changelist")))
    assert page.post(url(AuditPerson, "delete", person.pk), {"name": ""}).status_code == 403


def test_a_seal_is_shown(page: Client) -> None:
    record()
    audit.stop()
    seal = AuditSeal.objects.get()
    assert seal.mac in text(page.get(url(AuditSeal, "change", seal.pk)))
    assert seal.mac[:16] in text(page.get(url(AuditSeal, "changelist")))


def test_no_action_is_called_entry_on_screen() -> None:
    assert not [words for words in ACTIONS.values() if "entry" in words.lower()]


def test_a_nul_in_search_or_filter_finds_nothing_and_breaks_nothing(page: Client) -> None:
    for query in ({"q": "\0"}, {"server": "\0"}, {"server": "de\0mo"}):
        assert page.get(url(AuditEvent, "changelist"), query).status_code == 200


def test_change_says_what_it_was_about(page: Client) -> None:
    record(
        kind="change", action="source.sync", data='{"before": null, "after": {"source": "notes"}}'
    )
    record(kind="change", action="team.delete", data='{"before": {"name": "crew"}, "after": null}')
    record(kind="change", action="tag.create", data="no JSON")
    record(kind="change", action="entry.enabled", data='{"after": {"enabled": false}}')
    answer = text(page.get(url(AuditEvent, "changelist")))
    assert "notes" in answer and "crew" in answer and "Switched off" in answer


def test_caller_whose_name_never_came_is_not_called_erased(page: Client) -> None:
    person = uuid4()
    record(user=person)
    answer = text(page.get(url(AuditEvent, "changelist")))
    assert f"someone ({str(person)[:8]})" in answer and "erased (" not in answer


def test_event_names_the_team_and_the_token_behind_the_ids(page: Client, bob: User) -> None:
    team = make.team("crew")
    make.token(bob, make.server())
    issued = IssuedToken.objects.get()
    record(team=str(team.public_id), client=str(issued.public_id), verdict="allow", outcome="ok")
    answer = text(page.get(url(AuditEvent, "change", AuditEvent.objects.get().pk)))
    assert "crew (" in answer and f"token “{issued.name}” (" in answer
    assert "Allowed" in answer


def test_token_is_revoked_and_a_name_erased_by_buttons_that_say_so(page: Client, bob: User) -> None:
    make.token(bob, make.server())
    person = AuditPerson.objects.create(label="bob")
    shown = text(page.get(url(IssuedToken, "change", IssuedToken.objects.get().pk)))
    assert "Revoke token" in shown and "Delete" not in shown
    shown = text(page.get(url(AuditPerson, "change", person.pk)))
    assert "Erase name in the trail" in shown and "Delete" not in shown


def test_row_that_is_gone_is_told_on_its_list(page: Client) -> None:
    answer = page.get(url(AuditEvent, "change", 999_999), follow=True)
    assert answer.redirect_chain == [(url(AuditEvent, "changelist"), 302)]
    assert "This event is not there." in text(answer)
