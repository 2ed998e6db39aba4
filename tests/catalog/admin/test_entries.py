"""Tools, resources, templates and prompts in the admin."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from catalog.models import Entry, EntryVersion, Prompt, Tag, Tool
from tests import make
from tests.admin_pages import changes, errors, filled, text, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def add(db: None) -> Entry:
    """A tool of the source "weather"."""
    return make.entry(make.source("weather"))


def edit(client: Client, entry: Entry, **said: Any) -> Any:
    """Submit a tool's page with this changed; None takes a field out."""
    address = url(Tool, "change", entry.pk)
    data = {**filled(client.get(address)), **said}
    return client.post(address, {name: value for name, value in data.items() if value is not None})


def bulk(client: Client, action: str, *entries: Entry, **said: Any) -> Any:
    order = {"action": action, "_selected_action": [entry.pk for entry in entries], **said}
    return client.post(url(Tool, "changelist"), order, follow=True)


def test_each_list_shows_its_kind_alone(page: Client, add: Entry) -> None:
    make.entry(add.source, "greet", Entry.Kind.PROMPT)
    tools, prompts = (
        text(page.get(url(Tool, "changelist"))),
        text(page.get(url(Prompt, "changelist"))),
    )
    assert ">add<" in tools and ">greet<" not in tools
    assert ">greet<" in prompts and ">add<" not in prompts


def test_a_tool_is_switched_off_with_before_and_after(page: Client, add: Entry) -> None:
    edit(page, add, enabled=None)
    add.refresh_from_db()
    assert not add.enabled
    (change,) = changes()
    assert change == {
        "action": "entry.enabled",
        "user": User.objects.get(username="alice").public_id,
        "before": {"enabled": True},
        "after": {"enabled": False},
    }


def test_a_tool_is_made_durable_and_tagged_on_one_page(page: Client, add: Entry) -> None:
    edit(page, add, durable="on", tag_words="Read Only, finance")
    add.refresh_from_db()
    assert add.durable
    assert [change["action"] for change in changes()] == ["entry.durable", "entry.tags"]
    assert changes()[-1]["after"] == {"tags": ["finance", "read-only"]}


def test_a_word_that_makes_no_tag_is_told_in_the_form(page: Client, add: Entry) -> None:
    answer = edit(page, add, durable="on", tag_words="§§§")
    assert errors(answer) == ["'§§§' makes no tag: letters, digits and hyphens do."]
    add.refresh_from_db()
    assert not add.durable
    assert changes() == []


@pytest.mark.parametrize(
    ("action", "field", "value", "start"),
    [
        ("switch_off", "enabled", False, {}),
        ("switch_on", "enabled", True, {"enabled": False}),
        ("make_durable", "durable", True, {}),
        ("make_fast", "durable", False, {"durable": True}),
    ],
)
def test_several_are_changed_at_once(
    action: str, field: str, value: bool, start: dict[str, Any], page: Client
) -> None:
    source = make.source()
    rows = [make.entry(source, f"tool{number}", **start) for number in range(3)]
    bulk(page, action, *rows)
    assert set(Entry.objects.values_list(field, flat=True)) == {value}
    assert [change["after"] for change in changes(f"entry.{field}")] == [{field: value}] * 3


def test_tags_are_added_to_several_and_none_is_lost(page: Client, add: Entry) -> None:
    add.tags.add(Tag.objects.create(name="old"))
    other = make.entry(add.source, "other")
    assert "Tags to add" in text(bulk(page, "add_tags", add, other))
    assert changes() == []
    bulk(page, "add_tags", add, other, words="new")
    assert [tag.name for tag in add.tags.all()] == ["new", "old"]
    assert [tag.name for tag in other.tags.all()] == ["new"]
    assert len(changes("entry.tags")) == 2


def test_what_is_refused_in_bulk_is_a_message(page: Client, add: Entry) -> None:
    assert "makes no tag" in text(bulk(page, "add_tags", add, words="§"))


def test_the_definition_is_shown_pretty_and_escaped(page: Client) -> None:
    body = {"name": "x", "description": "<b onclick=alert(1)>"}
    row = make.entry(make.source(), "x", body=body)
    html = text(page.get(url(Tool, "change", row.pk)))
    assert "  &quot;description&quot;: &quot;&lt;b onclick=alert(1)&gt;&quot;" in html
    assert "<b onclick" not in html
    assert "tokens (an estimate" in html


def test_the_token_estimate_of_the_list_is_the_pages(page: Client) -> None:
    row = make.entry(make.source(), "x", body={"name": "x" * 37})
    assert "about 12" in text(page.get(url(Tool, "changelist")))
    assert "About 12 tokens" in text(page.get(url(Tool, "change", row.pk)))


def test_a_tool_without_a_definition_has_a_page(page: Client, add: Entry) -> None:
    Entry.objects.update(current=None)
    EntryVersion.objects.all().delete()
    html = text(page.get(url(Tool, "change", add.pk)))
    assert "There is no definition." in html
    assert page.get(url(Tool, "changelist")).status_code == 200


def test_the_page_never_says_entry(page: Client, add: Entry) -> None:
    make.server("demo", entries=[add])
    html = text(page.get(url(Tool, "change", add.pk))).lower()
    visible = html.partition('id="content"')[2]
    assert ">entry" not in visible and " entry " not in visible and "entries" not in visible


def test_staff_curate_with_the_permission_on_entries(client: Client, add: Entry) -> None:
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="change_entry"))
    client.force_login(staff)
    bulk(client, "switch_off", add)
    add.refresh_from_db()
    assert not add.enabled


def test_who_only_sees_has_no_bulk_actions(client: Client, add: Entry) -> None:
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_entry"))
    client.force_login(staff)
    bulk(client, "switch_off", add)
    add.refresh_from_db()
    assert add.enabled


def test_a_version_links_to_what_it_is_of(page: Client, add: Entry) -> None:
    html = text(page.get(url(EntryVersion, "change", add.current_id)))
    assert url(Tool, "change", add.pk) in html
