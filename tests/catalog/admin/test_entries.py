"""Tools, resources, templates and prompts in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog.admin import entry_acts, entry_filters
from catalog.models import Entry, EntryVersion, Prompt, Tag, Tool
from monitoring.models import EntryUse
from tests import make
from tests.admin_pages import changes, errors, filled, text, url

OWN = {"own_title": "Plus", "own_description": "Adds two numbers.\r\nExactly."}


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


# --- words ------------------------------------------------------------------------------------------
def test_own_words_stand_beside_the_source_s(page: Client) -> None:
    body = {"name": "x", "title": "Old <b>", "description": "Old words.\nMore."}
    row = make.entry(make.source(), "x", body=body)
    edit(page, row, **OWN)
    row.refresh_from_db()
    assert row.own_words[:2] == ("Plus", "Adds two numbers.\nExactly.")
    html = text(page.get(url(Tool, "change", row.pk)))
    for each in (
        "Old &lt;b&gt;",
        "Old words.\nMore.",
        'value="Plus"',
        "Adds two numbers.\nExactly.",
    ):
        assert each in html
    assert "A curator's words stand in it" in html
    (change,) = changes("entry.words")
    assert change["before"] == {"title": "", "description": ""}
    assert change["after"] == {"title": "Plus", "description": "Adds two numbers.\nExactly."}


def test_a_button_goes_back_to_the_source_s_words(page: Client, add: Entry) -> None:
    edit(page, add, **OWN)
    address = url(Tool, "change", add.pk)
    assert "_as_source" in text(page.get(address))
    answer = edit(page, add, own_title="Half typed", _as_source="1")
    assert answer["Location"] == address
    add.refresh_from_db()
    assert add.own_words[:2] == ("", "")
    html = text(page.get(address))
    assert "_as_source" not in html and "of its source again" in html


def test_other_changes_leave_words_alone(page: Client, add: Entry) -> None:
    edit(page, add, **OWN)
    edit(page, add, durable="on")
    assert len(changes("entry.words")) == 1


def test_words_that_are_too_long_are_told_in_the_form(page: Client, add: Entry) -> None:
    assert errors(edit(page, add, own_title="x" * 201))
    add.refresh_from_db()
    assert add.own_title == ""


# --- lists ------------------------------------------------------------------------------------------
def listed(client: Client, model: Any = Tool, **query: Any) -> list[str]:
    answer = client.get(url(model, "changelist"), query)
    assert answer.status_code == 200
    return [row.name for row in answer.context["cl"].result_list]


def used(entry: Entry, days: float = 1, **figures: Any) -> None:
    EntryUse.objects.create(
        entry=entry.public_id, last_used=timezone.now() - timedelta(days=days), **figures
    )


@pytest.fixture
def three(db: None) -> list[Entry]:
    """Three tools: much used, once used, never."""
    source = make.source("weather")
    rows = [make.entry(source, name, body={"name": "x" * 4**n}) for n, name in enumerate("abc", 1)]
    used(rows[0], 1, calls=2000, errors=50, p95_us=1_250_000)
    used(rows[1], 40, calls=1, errors=1, p95_us=900)
    return rows


def test_a_row_says_how_it_is_used(page: Client, three: list[Entry]) -> None:
    html = text(page.get(url(Tool, "changelist")))
    for each in ("2,000", "2.5 %", "1.2 s", "1\xa0day ago", "100.0 %", "0.9 ms", "1\xa0month ago"):
        assert each in html


def test_a_row_names_its_title_and_the_first_of_its_tags(page: Client) -> None:
    row = make.entry(make.source(), "x", body={"title": "T" * 100})
    for name in "abcd":
        row.tags.add(Tag.objects.create(name=name))
    html = text(page.get(url(Tool, "changelist")))
    assert f"{'T' * 59}… #a #b #c …" in html


@pytest.mark.parametrize(
    ("column", "order"),
    [("calls", "abc"), ("errors", "bac"), ("p95", "abc"), ("last_used", "abc"), ("tokens", "cba")],
)
def test_lists_are_sorted_by_use_and_cost(
    page: Client, three: list[Entry], column: str, order: str
) -> None:
    columns = page.get(url(Tool, "changelist")).context["cl"].list_display
    place = [getattr(each, "__name__", each) for each in columns].index(column)
    down, up = listed(page, o=f"-{place}"), listed(page, o=str(place))
    assert ("".join(down), up) == (order, down[::-1])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"is": "on"}, ["reads", "remote"]),
        ({"is": "off"}, ["off"]),
        ({"is": "missing"}, ["missing"]),
        ({"is": "source"}, ["shut"]),
        ({"says": "readOnlyHint"}, ["reads"]),
        ({"says": "destructiveHint"}, ["remote"]),
        ({"says": "idempotentHint"}, ["off"]),
        ({"says": "openWorldHint"}, ["remote"]),
        ({"says": "nothing"}, ["missing", "shut"]),
        ({"used": "yes"}, ["reads"]),
        ({"used": "no"}, ["missing", "off", "remote", "shut"]),
        ({"words": "own"}, ["off"]),
        ({"words": "source"}, ["missing", "reads", "remote", "shut"]),
        ({"durable__exact": "1"}, ["missing"]),
        ({"is": "nonsense", "says": "nonsense", "used": "nonsense"}, None),
    ],
    ids=str,
)
def test_filters_narrow(page: Client, query: dict[str, str], names: list[str] | None) -> None:
    source = make.source("weather")
    reads = make.entry(
        source, "reads", body={"annotations": {"destructiveHint": False, "readOnlyHint": True}}
    )
    used(reads, 29)
    meta = {"a": "b"}
    make.entry(
        source,
        "remote",
        body={
            "_meta": meta,
            "annotations": {"destructiveHint": True, "openWorldHint": True, "title": 'a"}\\'},
        },
    )
    off = make.entry(
        source,
        "off",
        body={"annotations": {"idempotentHint": True}},
        enabled=False,
        own_title="Off",
    )
    used(off, 31)
    fake = {"inputSchema": {"default": {"annotations": {"readOnlyHint": True}}}}
    make.entry(source, "missing", body=fake, state="missing", durable=True)
    make.entry(make.source("shut", enabled=False), "shut")
    assert listed(page, **query) == (names or ["missing", "off", "reads", "remote", "shut"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("invoice", True),
        ("INVOICE", True),
        ("billing", True),
        ("customer", True),
        ("sums", True),
        ("Plus", True),
        ("overdue", True),
        ("careful", True),
        ("care", False),
        ("find invoice", True),
        ("invoice nosuch", False),
        ("%", False),
        ("_", True),
        ("'", False),
    ],
)
def test_search_finds_words_wherever_they_are_said(page: Client, text: str, found: bool) -> None:
    body = {
        "name": "find_invoice",
        "description": "Sums what is open.",
        "inputSchema": {"properties": {"customer": {}}},
    }
    row = make.entry(
        make.source("billing"),
        "find_invoice",
        body=body,
        own_title="Plus",
        own_description="What is overdue.",
    )
    row.tags.add(Tag.objects.create(name="careful"))
    assert listed(page, q=text) == (["find_invoice"] if found else [])


def test_a_tool_on_two_servers_with_two_tags_is_listed_once(page: Client, add: Entry) -> None:
    one, _ = make.server("one", entries=[add]), make.server("two", entries=[add])
    for name in ("a", "b"):
        add.tags.add(Tag.objects.create(name=name))
    assert listed(page, q="add") == ["add"]
    assert listed(page, published__server__id__exact=one.pk) == ["add"]


@pytest.mark.parametrize("query", ["", "q=tool&is=on&says=nothing&used=no&words=source", "o=-5.-6"])
def test_a_longer_list_takes_no_more_queries(page: Client, query: str) -> None:
    def queries() -> int:
        page.get(f"{url(Tool, 'changelist')}?{query}")
        with CaptureQueriesContext(connection) as seen:
            assert page.get(f"{url(Tool, 'changelist')}?{query}").status_code == 200
        return len(seen)

    source, tag = make.source(), Tag.objects.create(name="a")

    def more(number: int) -> None:
        for each in range(number):
            row = make.entry(source, f"tool{number}-{each}")
            row.tags.add(tag)
            used(row, 40, calls=each)
            make.server(entries=[row])
            make.server(entries=[row])

    more(3)
    few = queries()
    more(40)
    assert queries() == few


def test_only_tools_have_marks_of_tools(page: Client, add: Entry) -> None:
    make.entry(add.source, "greet", Entry.Kind.PROMPT)
    assert "Says it is" in text(page.get(url(Tool, "changelist")))
    answer = page.get(url(Prompt, "changelist"))
    assert "hints" not in [getattr(c, "__name__", c) for c in answer.context["cl"].list_display]
    assert "By what it says" not in text(answer)


# --- who sees servers -------------------------------------------------------------------------------
def staff(client: Client, *codenames: str) -> None:
    person = make.user("staff", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(person)


def test_who_may_not_see_servers_learns_of_none(client: Client, add: Entry) -> None:
    server = make.server("secret-place", title="Secret place", entries=[add])
    staff(client, "change_entry")
    for address in (url(Tool, "changelist"), url(Tool, "change", add.pk)):
        html = text(client.get(address)).lower()
        assert "secret" not in html and "published on" not in html
    for crafted in (
        {"published__server__id__exact": server.pk},
        {"published__server__slug": "secret-place"},
        {"published__server__slug__startswith": "s"},
    ):
        assert client.get(url(Tool, "changelist"), crafted).status_code == 400
    assert "put_on_server" not in text(client.get(url(Tool, "changelist")))


def test_who_sees_servers_sees_where_it_is(client: Client, add: Entry) -> None:
    make.server("data", title="Data", entries=[add])
    staff(client, "change_entry", "view_server")
    assert ">data</a>" in text(client.get(url(Tool, "changelist")))
    html = text(client.get(url(Tool, "change", add.pk)))
    assert ">Data</a>" in html and reverse("admin:servers_server_put") not in html


# --- several at once --------------------------------------------------------------------------------
def test_tags_are_taken_off_several(page: Client, add: Entry) -> None:
    other = make.entry(add.source, "other")
    for row, names in ((add, "abc"), (other, "b")):
        row.tags.set([Tag.objects.get_or_create(name=name)[0] for name in names])
    asked = text(bulk(page, "remove_tags", add, other))
    assert 'value="a"' in asked and 'value="b"' in asked
    assert changes() == []
    assert "This field is required" in text(bulk(page, "remove_tags", add, other, sent="1"))
    bulk(page, "remove_tags", add, other, sent="1", words=["b", "a"])
    assert [tag.name for tag in add.tags.all()] == ["c"]
    assert not other.tags.exists()


def test_there_is_nothing_to_take_off_what_has_no_tag(page: Client, add: Entry) -> None:
    Tag.objects.create(name="elsewhere")
    assert "None of them has a tag." in text(bulk(page, "remove_tags", add))


def test_too_many_at_once_are_refused(
    page: Client, three: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_acts, "MOST", 2)
    monkeypatch.setattr(entry_acts, "MOST_PUT", 2)
    assert "At most 2 at once" in text(bulk(page, "switch_off", *three))
    assert "At most 2 at once" in text(bulk(page, "put_on_server", *three))
    assert changes() == []


def test_what_was_chosen_is_led_to_the_page_that_puts_it_on_a_server(
    page: Client, three: list[Entry]
) -> None:
    order = {"action": "put_on_server", "_selected_action": [row.pk for row in three]}
    answer = page.post(url(Tool, "changelist"), order)
    keys = "&".join(f"entry={row.pk}" for row in three)
    assert answer["Location"] == f"{reverse('admin:servers_server_put')}?{keys}"


# --- its page ---------------------------------------------------------------------------------------
def test_the_page_says_on_top_what_it_is_and_how_it_is_used(page: Client) -> None:
    body = {"title": "Sum <i>", "annotations": {"readOnlyHint": True}}
    row = make.entry(make.source("math"), "add", body=body, enabled=False)
    used(row, calls=1234, errors=617, p95_us=45_000)
    html = text(page.get(url(Tool, "change", row.pk)))
    top = html.partition("At a glance")[2].partition("</section>")[0]
    for each in (
        "Sum &lt;i&gt;",
        "Tool of",
        "math",
        "Off",
        "Read only",
        "1,234",
        "50.0 %",
        "45 ms",
    ):
        assert each in top


def test_the_page_says_where_it_is_published(page: Client, add: Entry) -> None:
    assert "on no server yet" in text(page.get(url(Tool, "change", add.pk)))
    make.server("data", title="<i>", entries=[add])
    html = text(page.get(url(Tool, "change", add.pk)))
    assert "&lt;i&gt;" in html and "chosen singly" in html
    assert f"{reverse('admin:servers_server_put')}?entry={add.pk}" in html


@pytest.mark.parametrize("most", [1, 1000])
def test_a_search_looks_into_definitions_once_if_it_finds_few(
    most: int, page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_filters, "MOST_KEYS", most)
    source = make.source("ledger")
    for name in ("pay_b", "pay_a", "other"):
        make.entry(source, name, body={"name": name, "description": f"It is {name}."})
    with CaptureQueriesContext(connection) as seen:
        response = page.get(f"{url(Tool, 'changelist')}?q=pay")
    assert [row.name for row in response.context["cl"].result_list] == ["pay_a", "pay_b"]
    looks = [each for each in seen if '"body"' in each["sql"] and "LIKE" in each["sql"]]
    assert len(looks) == (1 if most > 1 else 3)
