"""mcphub/overview: what is on the admin's first page, and for whom."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalog.models import Entry
from monitoring import audit
from monitoring.models import Rollup
from monitoring.usage import Minute, Subject, write
from monitoring.usage.quantiles import EMPTY
from tests import make
from tests.admin_pages import text

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def used(db: None) -> Entry:
    entry = make.entry(make.source(), "busy")
    use(entry, calls=7, minutes_ago=3)
    return entry


def use(entry: Entry, *, calls: int, minutes_ago: int, name: str = "busy") -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    minute = Minute(int(at.timestamp()) // 60 * 60, streams=5)
    buckets = list(EMPTY)
    buckets[4] = calls
    for sums in (minute.sums, minute.of(Subject(entry.public_id, "tool", "demo", name))):
        assert sums is not None
        sums.add("ok", buckets)
    write("here", [minute])


@pytest.mark.parametrize("span", ["hour", "day", "week", "month", "", "never"])
@pytest.mark.parametrize("address", ["/admin/", "/admin/overview/"])
def test_use_is_shown_over_each_span(
    admin_client: Client, used: Entry, span: str, address: str
) -> None:
    page = text(admin_client.get(address, {"span": span}))
    assert '<dd class="hub-number">7</dd>' in page
    assert f"/admin/catalog/tool/{used.pk}/change/" in page
    assert "hub-bar" in page


def test_a_hub_without_a_call_says_what_to_do(admin_client: Client) -> None:
    assert "No call in this span of time" in text(admin_client.get("/admin/"))


def test_a_tool_that_is_gone_is_still_counted(admin_client: Client, used: Entry) -> None:
    used.delete()
    assert "busy" in text(admin_client.get("/admin/"))
    assert "something that is gone" in text(admin_client.get("/admin/?span=month"))


def test_names_are_text(admin_client: Client, used: Entry) -> None:
    use(used, calls=1, minutes_ago=1, name=SCRIPT)
    event = audit.Event("call", "tools/call", server=SCRIPT, entry=SCRIPT, verdict="deny")
    audit.record(event._replace(reason=SCRIPT, outcome="denied"))
    audit.flush()
    page = text(admin_client.get("/admin/"))
    assert "&lt;script&gt;" in page and SCRIPT not in page


def test_denials_and_failures_tell_why(admin_client: Client) -> None:
    event = audit.Event("call", "tools/call", server="demo", entry="add", verdict="allow")
    audit.record(event._replace(verdict="deny", reason="denied_by_rule", outcome="denied"))
    audit.record(event._replace(outcome="timeout"))
    audit.flush()
    page = text(admin_client.get("/admin/"))
    assert "A rule denies it" in page and "Took too long" in page


PARTS = {
    "view_rollup": "Half within",
    "view_auditevent": "Denied lately",
    "view_server": "Servers on",
    "view_entry": "Tools on",
    "view_sseclient": "client still uses the deprecated transport",
}


@pytest.mark.parametrize("codename", ["", *PARTS])
@pytest.mark.parametrize("address", ["/admin/", "/admin/overview/"])
def test_each_part_is_for_who_may_see_what_it_is_made_of(
    client: Client, used: Entry, codename: str, address: str
) -> None:
    make.sse_client(make.server())
    person = User.objects.create_user("sam", is_staff=True)
    if codename:
        person.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(person)
    page = text(client.get(address))
    assert [name for name, words in PARTS.items() if words in page] == list(
        filter(None, [codename])
    )
    assert ("Nothing here is yours to see yet" in page) == (not codename)
    assert "First minutes" not in page


def test_clients_on_the_deprecated_transport_are_told_while_there_are_any(
    admin_client: Client,
) -> None:
    server = make.server()
    make.sse_client(server, name="gone", last_used_at=make.ago(days=31))
    assert "deprecated transport" not in text(admin_client.get("/admin/"))
    for name in ("one", "two"):
        make.sse_client(server, name=name)
    answer = admin_client.get("/admin/")
    assert "clients still use the deprecated transport" in text(answer)
    figure = answer.context["figures"][-1]
    assert figure.number == 2
    assert len(admin_client.get(figure.url).context["cl"].result_list) == 2


def test_who_is_no_staff_sees_no_part(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("sam"))
    assert client.get("/admin/overview/").status_code == 302


def test_the_page_asks_no_more_for_much_use(admin_client: Client, used: Entry) -> None:
    def queries(span: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get("/admin/", {"span": span})
        return len(captured)

    spans = ("hour", "day", "week", "month")
    admin_client.get("/admin/")
    few = [queries(span) for span in spans]
    for number in range(60):
        use(make.entry(used.source, f"t{number}"), calls=1, minutes_ago=number)
        audit.record(audit.Event("call", "tools/call", verdict="deny", outcome="denied"))
        audit.record(audit.Event("change", "server.update"))
    audit.flush()
    assert [queries(span) for span in spans] == few


def test_hours_and_the_minutes_since_make_a_week(admin_client: Client, used: Entry) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    row: list[Any] = [str(uuid4()), "tool", "demo", "old", 100, 0, [100]]
    Rollup.objects.create(minute=hour, seconds=3600, calls=100, buckets=[100], entries=[row])
    before = (timezone.now() - timedelta(minutes=4)).replace(minute=0, second=0, microsecond=0)
    Rollup.objects.create(minute=before - timedelta(hours=1), seconds=3600)
    page = text(admin_client.get("/admin/?span=week"))
    assert '<dd class="hub-number">107</dd>' in page and "old" in page
