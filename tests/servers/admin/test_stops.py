"""Stops in the admin: what is stopped, stopping and lifting."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from catalog.models import Entry
from servers import services
from servers.models import Stop
from tests import make
from tests.admin_pages import changes, text, url

ADD = "/admin/servers/stop/add/"
SCRIPT = "<script>alert(1)</script>"
FIND = ["view_server", "view_source", "view_entry", "view_user", "view_oauthclient"]


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def things(db: None) -> dict[str, Any]:
    entry = make.entry(make.source("demo"))
    return {
        "server": make.server("weather", entries=[entry]),
        "source": entry.source,
        "entry": entry,
        "user": make.user("dora"),
        "client": make.client("editor"),
    }


def staff(*names: str) -> User:
    """Somebody with these permissions and no others."""
    person = make.user("operator", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return person


@pytest.mark.parametrize("kind", ["server", "source", "entry", "user", "client"])
def test_thing_is_searched_for_stopped_and_lifted(
    page: Client, things: dict[str, Any], kind: str
) -> None:
    thing = things[kind]
    assert f"?kind={kind}" in text(page.get(ADD))
    found = text(page.get(ADD, {"kind": kind, "q": str(thing)[:3].lower()}))
    address = f"?kind={kind}&amp;{kind}={thing.pk}"
    assert address in found
    address = ADD + address.replace("&amp;", "&")
    assert "Who has access reads your reason" in text(page.get(address))
    answer = page.post(address, {"reason": SCRIPT}, follow=True)
    stop = Stop.objects.get()
    assert (stop.kind, stop.stopped, stop.made_by.username) == (kind, thing, "alice")  # type: ignore[union-attr]
    shown = text(answer)
    assert "&lt;script&gt;" in shown and SCRIPT not in shown and ">alice<" in shown
    lifted = page.post(url(Stop, "delete", stop.pk), follow=True)
    assert "goes on." in text(lifted) and not Stop.objects.exists()
    assert [change["action"] for change in changes()] == ["stop.add", "stop.lift"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("kind=server&server=weather", "Stop server Weather"),
        ("server=weather", "Stop server Weather"),
        ("user=dora", "Stop person dora"),
        ("kind=user&user=dora&server=weather", "Stop person dora"),
        ("client=editor", "Stop client editor"),
        ("server=nothing", "Which server?"),
        ("server=99999999999999999999", "Which server?"),
        ("entry=%00", "Which tool, resource, template or prompt?"),
        ("kind=nonsense", "What is to be stopped?"),
        ("kind=everything", "Stop everything"),
    ],
)
def test_links_lead_to_the_step_they_mean(
    page: Client, things: dict[str, Any], query: str, title: str
) -> None:
    assert f">{title}</h1>" in text(page.get(f"{ADD}?{query}"))


def test_everything_is_stopped_once_the_hubs_name_is_typed(page: Client) -> None:
    address = f"{ADD}?kind=everything"
    for typed in ("", "everything", "example.com"):
        answer = page.post(address, {"reason": "It burns.", "name": typed})
        assert answer.status_code == 422 and not Stop.objects.exists()
    name = answer.context["form"].expected
    page.post(address, {"reason": "It burns.", "name": name})
    assert Stop.objects.get().kind == "everything"


def test_reason_is_asked_for(page: Client, things: dict[str, Any]) -> None:
    answer = page.post(f"{ADD}?server=weather", {"reason": " "})
    assert answer.status_code == 422 and "This field is required" in text(answer)


def test_what_is_stopped_already_is_told(page: Client, things: dict[str, Any]) -> None:
    services.stop(actor=None, target=things["server"], reason="First.")
    answer = page.post(f"{ADD}?server=weather", {"reason": "Second."}, follow=True)
    assert "Weather is stopped already: First." in text(answer)


def test_looking_at_the_address_that_lifts_lifts_nothing(
    page: Client, things: dict[str, Any]
) -> None:
    stop = services.stop(actor=None, target=things["entry"], reason="Why.")
    answer = page.get(url(Stop, "delete", stop.pk))
    assert "Lift the stop of tool add?" in text(answer) and Stop.objects.exists()


def test_what_was_lifted_meanwhile_is_told(page: Client, db: None) -> None:
    answer = page.post(url(Stop, "delete", 7), follow=True)
    assert "This stop is not there. Was it deleted?" in text(answer)


def test_who_may_not_see_people_can_neither_search_nor_stop_them(
    client: Client, things: dict[str, Any]
) -> None:
    client.force_login(staff("add_stop", "view_stop", "view_server"))
    kinds = text(client.get(ADD))
    assert "?kind=server" in kinds and "?kind=user" not in kinds
    for query in ("kind=user&q=do", "user=dora", f"kind=user&user={things['user'].pk}"):
        assert client.get(f"{ADD}?{query}").status_code == 403
        assert client.post(f"{ADD}?{query}", {"reason": "Why."}).status_code == 403
    assert not Stop.objects.exists()


@pytest.mark.parametrize("names", [[], ["view_stop"], ["delete_stop"], FIND])
def test_who_may_not_stop_gets_no_page_of_it(
    client: Client, things: dict[str, Any], names: list[str]
) -> None:
    client.force_login(staff(*names))
    for query in ("", "?kind=server&q=w", "?server=weather", "?kind=everything"):
        assert client.get(ADD + query).status_code == 403
        assert client.post(ADD + query, {"reason": "Why."}).status_code == 403
    assert not Stop.objects.exists()


def test_who_may_only_see_has_nothing_to_lift(client: Client, things: dict[str, Any]) -> None:
    stop = services.stop(actor=None, target=things["server"], reason="Why.")
    client.force_login(staff("view_stop"))
    assert "formaction" not in text(client.get(url(Stop, "changelist")))
    assert client.post(url(Stop, "delete", stop.pk)).status_code == 403
    client.force_login(User.objects.get(username="operator"))
    assert Stop.objects.exists()


def test_search_is_bounded_and_narrowed(page: Client, things: dict[str, Any]) -> None:
    source = things["source"]
    Entry.objects.bulk_create(
        Entry(source=source, kind="tool", name=f"tool{number}") for number in range(30)
    )
    found = text(page.get(ADD, {"kind": "entry", "q": "tool demo"}))
    assert found.count("&amp;entry=") == 20 and "There is more." in found
    assert "has “zebra” in its name" in text(page.get(ADD, {"kind": "entry", "q": "zebra"}))


@pytest.mark.parametrize("kind", ["source", "user", "client"])
def test_page_of_a_thing_leads_to_stopping_it(
    page: Client, things: dict[str, Any], kind: str
) -> None:
    thing = things[kind]
    stop = f"{url(type(thing), 'changelist')}{thing.pk}/stop"
    assert stop in text(page.get(url(type(thing), "change", thing.pk)))
    answer = page.get(stop, follow=True)
    assert answer.redirect_chain[-1][0] == f"{ADD}?kind={kind}&{kind}={thing.pk}"
    assert "Who has access reads your reason" in text(answer)


@pytest.mark.parametrize("kind", ["source", "user", "client"])
def test_who_may_not_stop_is_not_led_there(
    client: Client, things: dict[str, Any], kind: str
) -> None:
    thing = things[kind]
    client.force_login(staff(*FIND))
    stop = f"{url(type(thing), 'changelist')}{thing.pk}/stop"
    assert stop not in text(client.get(url(type(thing), "change", thing.pk)))
    assert client.get(f"{stop}/").status_code in (403, 404)


def test_who_may_only_lift_sees_what_is_stopped_and_lifts_it(
    client: Client, things: dict[str, Any]
) -> None:
    stop = services.stop(actor=None, target=things["server"], reason="Why.")
    client.force_login(staff("delete_stop"))
    listed = text(client.get(url(Stop, "changelist")))
    assert url(Stop, "delete", stop.pk) in listed
    answer = client.post(url(Stop, "delete", stop.pk), follow=True)
    assert answer.status_code == 200 and "goes on." in text(answer)


def test_who_may_only_stop_is_led_to_a_page_they_may_see(client: Client, db: None) -> None:
    client.force_login(staff("add_stop"))
    address = f"{ADD}?kind=everything"
    page = client.get(address)
    assert 'href="/admin/"' in text(page) and url(Stop, "changelist") not in text(page)
    sent = {"reason": "It burns.", "name": page.context["form"].expected}
    answer = client.post(address, sent, follow=True)
    assert answer.redirect_chain == [("/admin/", 302)] and answer.status_code == 200
    assert "Stopped: everything." in text(answer)
