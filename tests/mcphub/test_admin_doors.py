"""Who may not, sees nothing: every address of the admin for staff without the permission, and with it."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.admin import grants
from accounts.models import OAuthClient, User
from catalog.models import EntryVersion, Source, Tool
from mcphub import notices
from mcphub.navigation import GROUPS, sidebar
from mcphub.overview.page import PERMISSIONS
from monitoring import banner
from servers import services
from servers.models import AccessRequest, Server, ServerSource
from tests import make
from tests.admin_doors import STAFF, UNNAMED, Door, doors, of_model, routes
from tests.admin_pages import changes, text, url
from tests.mcphub.test_admin_pages import MODELS, fill, label

KNOWN = ("alert(1)", "a-server0", "source0", "client0")
"""Names of what is there: none of them may be read by who may see none of it."""
AWAY = 10**9
"""The key of no row."""
SECRET = ("password", "client_secret")
"""Fields that no page shows, and so none may be guessed letter by letter."""
CLOSED = (403, 405)


@pytest.fixture
def filled(alice: User) -> None:
    """Something of everything; the banner, which everybody reads, says no name."""
    fill(1, alice)
    services.publish_source(
        actor=alice, server=Server.objects.get(), source=make.source("followed", name="followed")
    )
    make.oauth_client("Nightly", client_secret="s", auth_method="client_secret_post")
    banner.put_up(actor=alice, text="Back at ten.")
    for remembered in (notices.banner, notices.stopped):
        remembered.forget()


@pytest.fixture
def staff(client: Client, db: None) -> User:
    """Staff without any permission, logged in."""
    person = make.user("staff", is_staff=True)
    client.force_login(person)
    return person


def args_of(door: Door, *, there: bool = True) -> dict[str, Any]:
    """What a door's address takes: the keys of rows, or of none."""
    client = OAuthClient.objects.get(name="Nightly")
    args: dict[str, Any] = {
        "object_id": _first(door).pk if there else AWAY,
        "secret_id": client.pk if there else AWAY,
        "followed": ServerSource.objects.get().pk if there else AWAY,
        "client_id": "claude-code",
        "content_type_id": 1,
        "app_label": "servers",
        "what": "client",
        "form": "csv",
        "verb": "approve",
        "said": "grant",
        "source": Source.objects.order_by("pk")[0].pk if there else AWAY,
        "request": AccessRequest.objects.order_by("pk")[0].pk if there else AWAY,
        "kind": "tool",
        "pk": Tool.objects.order_by("pk")[0].pk if there else AWAY,
        "version": EntryVersion.objects.order_by("pk")[0].pk if there else AWAY,
        "public_id": client.public_id if there else make.user().public_id,
    }
    return args


def _first(door: Door) -> Model:
    """A row of the model that an address is named for; any, if it is for none."""
    named = [model for model in MODELS if door.name.startswith(f"admin:{_key(model)}_")]
    row = (named or [User])[0]._default_manager.order_by("pk").first()
    assert row is not None
    return row


def _key(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def may(person: User, names: str) -> None:
    """Give exactly these permissions."""
    wanted = [name.split(".") for name in names.split()]
    rows = [
        Permission.objects.get(content_type__app_label=app, codename=code) for app, code in wanted
    ]
    person.user_permissions.set(rows)


def may_all_but(person: User, opens: tuple[str, ...]) -> None:
    """Give every permission there is but those that open a door."""
    named = {name.partition(".")[2] for way in opens for name in way.split()}
    person.user_permissions.set(Permission.objects.exclude(codename__in=named))


def refused(answer: HttpResponse) -> bool:
    """Whether nothing of what the hub knows was answered."""
    return answer.status_code in CLOSED and not said(answer)


def said(answer: HttpResponse) -> list[str]:
    """The names in an answer that only who may see them should read."""
    return [name for name in KNOWN if name in text(answer)]


def test_every_address_has_a_row() -> None:
    """A page that is added needs a row in tests/admin_doors.py, which says what opens it."""
    assert routes() - UNNAMED == {door.name for door in doors()}


def test_staff_without_permission_come_through_no_door(
    filled: None, staff: User, client: Client
) -> None:
    before, wrong = len(changes()), []
    for door in doors():
        for there in (True, False):
            address = door.url(args_of(door, there=there))
            for answer in (client.get(address), client.post(address, {"name": "everything"})):
                fine = not said(answer) if door.opens is STAFF else refused(answer)
                wrong += [] if fine else [(door.name, there, answer.status_code, said(answer))]
        if door.name.endswith("logout"):
            client.force_login(staff)
    assert wrong == [], "\n" + "\n".join(map(str, wrong))
    assert len(changes()) == before


def test_staff_with_every_other_permission_come_through_no_door(
    filled: None, staff: User, client: Client
) -> None:
    wrong = []
    for door in doors():
        if door.opens is STAFF:
            continue
        may_all_but(staff, door.opens)
        address = door.url(args_of(door))
        for answer in (client.get(address), client.post(address, {"name": "everything"})):
            wrong += [] if answer.status_code in CLOSED else [(door.name, answer.status_code)]
    assert wrong == [], "\n" + "\n".join(map(str, wrong))


def test_each_permission_opens_its_doors_alone(filled: None, staff: User, client: Client) -> None:
    wrong = []
    for door in doors():
        for way in door.opens or ():
            may(staff, way)
            answer = client.get(door.url(args_of(door)))
            # 405: it takes a POST, of who may; others were refused before.
            fine = answer.status_code in (200, 302, 405) or _never(door)
            wrong += [] if fine else [(door.name, way, answer.status_code)]
    assert wrong == [], "\n" + "\n".join(map(str, wrong))


def _never(door: Door) -> bool:
    """Whether nobody may: what no service makes or deletes has an address all the same."""
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="alice")
    for model, page in admin.site._registry.items():
        if door.name == f"admin:{_key(model)}_add":
            return not page.has_add_permission(request)
        if door.name == f"admin:{_key(model)}_delete":
            return not page.has_delete_permission(request)
    return False


def test_doors_that_take_two_permissions_take_both(
    filled: None, staff: User, client: Client
) -> None:
    for door in doors():
        for way in door.opens or ():
            for name in way.split() if " " in way else ():
                may(staff, name)
                assert client.get(door.url(args_of(door))).status_code == 403


def test_every_permission_that_opens_something_is_offered_on_a_persons_page(alice: User) -> None:
    """One that is not could only be given in the database."""
    named = {
        name
        for door in doors()
        if not _never(door)
        for way in door.opens or ()
        for name in way.split()
    }
    named.update(name for pages in GROUPS.values() for page in pages for name in page.permissions)
    named.update(PERMISSIONS.values())
    assert {name for name in named - grants.OFFERED if not _idle(name)} == set()


def _idle(name: str) -> bool:
    """Whether it is to change what nothing changes: Django has the permission all the same."""
    app, _, code = name.partition(".")
    pages = {_key(model): page for model, page in admin.site._registry.items()}
    page = pages.get(f"{app}_{code.partition('_')[2]}")
    return code.startswith("change_") and page is not None and not page.changes


def test_doors_for_all_staff_are_few_and_named() -> None:
    open_to_all = {door.name for door in doors() if door.opens is STAFF}
    assert len({name for name in open_to_all if not name.endswith("_history")}) == 10


def test_sidebar_of_staff_without_permission_has_no_page_and_no_count(
    filled: None, staff: User, client: Client
) -> None:
    groups = sidebar(client.get("/admin/").wsgi_request)
    (items,) = [group["items"] for group in groups]
    assert [item["title"] for item in items] == ["Overview", "My servers"]
    assert not any(item.get("badge") for item in items)


def test_sidebar_of_each_permission_shows_its_pages_alone(
    filled: None, staff: User, client: Client
) -> None:
    """What stands in the sidebar opens; what does not is refused."""
    for model in MODELS:
        (door,) = [each for each in of_model(model) if each.name.endswith("_changelist")]
        may(staff, (door.opens or ("",))[0])
        shown = {
            item["link"]
            for group in sidebar(client.get("/admin/").wsgi_request)[1:]
            for item in group["items"]
        }
        assert shown and all(client.get(link).status_code == 200 for link in shown)
        assert url(model, "changelist") in shown


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_who_may_only_view_is_offered_no_act_and_does_none(
    model: type[Model], filled: None, staff: User, client: Client
) -> None:
    (door,) = [each for each in of_model(model) if each.name.endswith("_changelist")]
    may(staff, (door.opens or ("",))[0])
    page = admin.site._registry[model]
    request = client.get(door.url({})).wsgi_request
    assert page.get_actions(request) == {}
    before = len(changes())
    for name in (*(each if isinstance(each, str) else each.__name__ for each in page.actions),):
        order = {"action": name, "_selected_action": [_first(door).pk], "name": "everything"}
        assert client.post(door.url({}), order).status_code in (200, 302, 403)
    assert len(changes()) == before


def test_every_act_says_what_permission_it_takes(alice: User, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = alice
    for page in admin.site._registry.values():
        for act, name, _ in page.get_actions(request).values():
            assert getattr(act, "allowed_permissions", ()), name


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_no_list_is_narrowed_by_what_no_page_shows(
    model: type[Model], filled: None, alice: User, client: Client
) -> None:
    """A list of people that begin with "a" in their password's hash would tell the hash in time."""
    client.force_login(alice)
    for name in SECRET:
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        for lookup in (name, f"{name}__startswith", f"{name}__regex"):
            assert client.get(url(model, "changelist"), {lookup: "a"}).status_code == 400


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_autocomplete_answers_nobody_without_the_permission(
    model: type[Model], filled: None, staff: User, client: Client
) -> None:
    for field in model._meta.get_fields():
        if not getattr(field, "remote_field", None) or field.auto_created:
            continue
        query = {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": field.name,
            "term": "a",
        }
        assert client.get(reverse("admin:autocomplete"), query).status_code == 403
