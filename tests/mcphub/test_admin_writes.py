"""What is changed or ended in the admin: dangerous acts ask first, and each write is in the trail."""

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory

from accounts.models import OAuthClient, Team, User
from catalog.models import Prompt, Resource, Source, Tag, Template, Tool
from monitoring.models import Banner
from servers.models import AccessRequest, AccessRule, Server, Stop
from tests import make
from tests.admin_pages import changes, errors, filled, url
from tests.mcphub.test_admin_pages import MODELS, fill, label

AT_ONCE = {
    "switch_on", "switch_off", "make_durable", "make_fast", "approve", "block", "unblock", "enable",
    "grant", "decline",
}  # fmt: skip
"""What lists do without asking: each is undone by another of them, or by one click."""
LIFTED = {Stop}
"""Models whose rows go without their name being typed: what was stopped goes on."""
OFF: dict[str, Any] = {"enabled": None}
WORDS: dict[str, Any] = {"own_title": "Said otherwise"}
EDITS: dict[type[Model], dict[str, Any]] = {
    AccessRequest: {"answer": "declined"},
    AccessRule: {"note": "Said otherwise"},
    Banner: {"text": "Said otherwise"},
    OAuthClient: {"name": "Said otherwise"},
    Prompt: WORDS,
    Resource: WORDS,
    Server: {"title": "Said otherwise"},
    Source: OFF,
    Tag: {"name": "otherwise"},
    Team: {"description": "Said otherwise"},
    Template: WORDS,
    Tool: OFF,
    User: {"email": "otherwise@example.com"},
}
"""One edit for each model whose rows the admin changes."""


@pytest.fixture(autouse=True)
def full(alice: User, client: Client) -> None:
    """Something of everything, and the owner logged in."""
    fill(1, alice)
    Tag.objects.create(name="free")
    make.oauth_client("Nightly", registration_source="manual")
    client.force_login(alice)


def asked(alice: User) -> Any:
    """A request of the owner's."""
    request = RequestFactory().get("/")
    request.user = alice
    return request


def row_of(model: type[Model]) -> Any:
    """A row of it that may be changed and deleted; not the owner herself."""
    rows = model._default_manager.order_by("-pk")
    return rows.exclude(username="alice").first() if model is User else rows.first()


def edited(client: Client, model: type[Model], row: Any, edit: dict[str, Any]) -> Any:
    """Open the form and send it with this changed; None stands for a tick that is taken away."""
    address = url(model, "change", row.pk)
    data = {**filled(client.get(address)), **edit}
    return client.post(address, {key: value for key, value in data.items() if value is not None})


def test_every_model_that_is_changed_has_an_edit(alice: User) -> None:
    request = asked(alice)
    changed = {m for m in MODELS if admin.site._registry[m].has_change_permission(request)}
    assert changed == set(EDITS)


@pytest.mark.parametrize("model", EDITS, ids=label)
def test_every_edit_leaves_what_was_and_what_is(model: type[Model], client: Client) -> None:
    row, known = row_of(model), len(changes())
    answer = edited(client, model, row, EDITS[model])
    assert answer.status_code == 302, errors(answer)
    (change,) = changes()[known:]
    assert change["user"]
    assert change["before"] and change["after"] and change["before"] != change["after"]


@pytest.mark.parametrize("model", [m for m in EDITS if m is not AccessRequest], ids=label)
def test_every_form_tells_of_an_edit_made_meanwhile(model: type[Model], client: Client) -> None:
    """A request is answered once: after that its page takes nothing."""
    row, edit = row_of(model), EDITS[model]
    address = url(model, "change", row.pk)
    before = filled(client.get(address))
    assert edited(client, model, row, edit).status_code == 302
    known = len(changes())
    late = {key: value for key, value in {**before, **edit}.items() if value is not None}
    answer = client.post(address, late)
    assert any("somebody else changed this" in told for told in errors(answer))
    assert len(changes()) == known


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_deletion_asks_and_leaves_what_was(
    model: type[Model], alice: User, client: Client
) -> None:
    page, row = admin.site._registry[model], row_of(model)
    if not page.has_delete_permission(asked(alice), row):
        return
    address, known = url(model, "delete", row.pk), len(changes())
    if model not in LIFTED:
        for typed in ("", "yes", f"{page.name_to_type(row)} too"):
            assert client.post(address, {"name": typed}).status_code == 422
        assert len(changes()) == known
    answer = client.post(address, {"name": page.name_to_type(row)})
    assert answer.status_code == 302
    told = changes()[known:]
    assert told and all(change["user"] and change["before"] for change in told)


def test_acts_that_cannot_be_undone_ask_first(alice: User, client: Client) -> None:
    seen = set()
    for model in MODELS:
        for name in admin.site._registry[model].get_actions(asked(alice)):
            if name in AT_ONCE:
                continue
            known = len(changes())
            order = {"action": name, "_selected_action": [row_of(model).pk]}
            answer = client.post(url(model, "changelist"), order)
            assert len(changes()) == known, f"{name} asks nothing."
            assert answer.status_code in (200, 302)
            seen.add(name)
    assert {"revoke", "erase", "disable"} <= seen


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/admin/accounts/consent/end-everything/", "everything"),
        ("/admin/servers/stop/add/?kind=everything", "testserver"),
        ("/admin/accounts/user/{pk}/sign-out/", "{name}"),
    ],
)
def test_what_ends_much_at_once_takes_its_name(path: str, typed: str, client: Client) -> None:
    person = make.user("somebody")
    address, name = path.format(pk=person.pk), typed.format(name=person.username)
    known = len(changes())
    for wrong in ("", "yes"):
        answer = client.post(address, {"name": wrong, "reason": "A test."}, follow=True)
        assert answer.status_code == 422
    assert len(changes()) == known
    assert client.post(address, {"name": name, "reason": "A test."}).status_code in (301, 302)
