"""What stands on top of pages: escaped, for whom it is, read again when it is announced as changed."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from mcphub import notices
from monitoring import banner, bus
from monitoring.models import Banner
from servers import services
from servers.models import Stop
from tests import make
from tests.admin_pages import text

SCRIPT = "<script>alert(1)</script>"
SOON = "Maintenance at noon."


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """As while the bus delivers."""
    monkeypatch.setattr(bus, "alive", lambda: True)


def shown(client: Client, path: str = "/login/") -> str:
    return text(client.get(path))


def test_everybody_sees_the_banner_escaped_until_it_is_taken_down(
    alice: User, client: Client
) -> None:
    assert "banner" not in shown(client)
    banner.put_up(actor=alice, text=SCRIPT)
    assert "&lt;script&gt;alert(1)" in shown(client) and SCRIPT not in shown(client)
    client.force_login(alice)
    for path in ("/", "/me/tokens/", "/admin/"):
        assert "&lt;script&gt;alert(1)" in shown(client, path) and SCRIPT not in shown(client, path)
    banner.take_down(actor=alice)
    assert "&lt;script&gt;alert(1)" not in shown(client)


def test_banner_is_not_shown_after_its_end(alice: User, client: Client) -> None:
    banner.put_up(actor=alice, text=SOON, until=timezone.now() + timedelta(hours=1))
    assert SOON in shown(client)
    banner.put_up(actor=alice, text=SOON, until=timezone.now() - timedelta(seconds=1))
    assert SOON not in shown(client)


def test_banner_is_read_again_when_it_is_announced_and_not_before(
    alice: User, client: Client
) -> None:
    banner.put_up(actor=alice, text=SOON)
    assert SOON in shown(client)
    Banner.objects.update(text="Another.")  # as another process would, before its word comes
    assert SOON in shown(client)
    bus.publish(banner.TOPIC, "")
    assert "Another." in shown(client)
    Banner.objects.update(text="A third.")
    bus.publish(bus.CONNECTED, "")  # announcements may have been lost
    assert "A third." in shown(client)


def test_where_changes_are_not_heard_it_is_read_again_after_seconds(
    alice: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    banner.put_up(actor=alice, text=SOON)
    assert SOON in shown(client)
    monkeypatch.setattr(bus, "alive", lambda: False)
    later = notices.banner._clock() + 5.1
    monkeypatch.setattr(notices.banner, "_clock", lambda: later)
    Banner.objects.update(text="Another.")
    assert "Another." in shown(client)


def test_pages_cost_no_query_for_what_stands_on_them(alice: User, client: Client) -> None:
    banner.put_up(actor=alice, text=SOON)
    services.stop(actor=alice, target=None, reason="Why.")
    context = notices.notices(_request(alice))
    assert context["banner_text"] == SOON
    with CaptureQueriesContext(connection) as seen:
        assert notices.notices(_request(alice))["banner_text"] == SOON
        assert notices.notices(_request(alice))["stopped"].number == 1
    assert len(seen) == 1  # the stops, once
    with CaptureQueriesContext(connection) as seen:
        assert notices.notices(_request(alice))["stopped"].number == 1
    assert len(seen) == 0


def test_page_without_a_database_goes_without(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(notices.banner, "_read", away)
    monkeypatch.setattr(notices.stopped, "_read", away)
    context = notices.notices(_request(alice))
    assert (context["banner_text"], context["stopped"].number) == ("", 0)
    assert "banner" not in render_to_string("errors/503.html", {}, _request(alice))


def test_bar_of_stops_is_on_every_page_of_the_admin_until_they_are_lifted(
    alice: User, client: Client
) -> None:
    client.force_login(alice)
    assert "hub-stopped" not in shown(client, "/admin/")
    stop = services.stop(actor=alice, target=make.user(f"{SCRIPT}"[:30]), reason=SCRIPT)
    for path in ("/admin/", "/admin/catalog/tool/", "/admin/servers/server/add/"):
        page = shown(client, path)
        assert "hub-stopped" in page and SCRIPT not in page
    assert "(&lt;script&gt;alert(1)" in page
    assert "hub-stopped" not in shown(client, "/")
    services.lift(actor=alice, stop=stop)
    assert "hub-stopped" not in shown(client, "/admin/")


def test_bar_names_a_few_and_counts_the_rest(alice: User, client: Client) -> None:
    client.force_login(alice)
    for number in range(5):
        services.stop(actor=alice, target=make.server(f"server-{number}"), reason="Why.")
    page = shown(client, "/admin/")
    assert "server Server-4" in page and "and 2 more" in page and "server Server-1" not in page


def test_who_may_not_see_stops_learns_only_that_there_are_some(alice: User, client: Client) -> None:
    for number in range(2):
        services.stop(actor=alice, target=make.server(f"zebra-{number}"), reason="Secret.")
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_tag"))
    client.force_login(staff)
    page = shown(client, "/admin/catalog/tag/")
    assert "an administrator has stopped some" in page
    assert "ebra-" not in page and "Secret" not in page and "servers/stop/" not in page


def test_stop_that_goes_with_its_thing_is_told_with_the_catalog(
    alice: User, client: Client
) -> None:
    client.force_login(alice)
    server = make.server("demo")
    services.stop(actor=alice, target=server, reason="Why.")
    assert "hub-stopped" in shown(client, "/admin/")
    services.delete_server(actor=alice, server=server)
    assert not Stop.objects.exists() and "hub-stopped" not in shown(client, "/admin/")


def _request(user: User):  # type: ignore[no-untyped-def]
    request = RequestFactory().get("/")
    request.user = user
    return request
