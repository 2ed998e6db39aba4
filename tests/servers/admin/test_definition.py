"""A version as clients of each revision see it."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Entry, EntryVersion
from servers.models import ServerEntry
from servers.protocol.revisions import REVISIONS
from tests import make
from tests.admin_pages import text
from tests.hub import REVISIONS as OVER_HTTP
from tests.hub import Hub

BODY = {
    "name": "add",
    "title": "Sum",
    "description": "Adds.",
    "inputSchema": {"type": "object"},
    "outputSchema": {"type": "object"},
    "annotations": {"readOnlyHint": True},
    "icons": [{"src": "https://example.com/i.png"}],
}


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def address(version: EntryVersion | None) -> str:
    assert version is not None
    return reverse("admin:servers_server_definition", args=[version.pk])


def shown(client: Client, version: EntryVersion | None, **query: str) -> Any:
    html = text(client.get(address(version), query))
    found = re.search(r'<pre class="hub-code"[^>]*>(.*?)</pre>', html, re.DOTALL)
    assert found is not None
    return json.loads(unescape(found[1]))


@pytest.mark.parametrize("revision", OVER_HTTP)
def test_it_is_what_the_wire_has(hub: Hub, page: Client, revision: str) -> None:
    entry = make.entry(make.source(), "add", body=BODY, own_title="Plus")
    server = make.server("sums", visibility="public")
    ServerEntry.objects.create(server=server, entry=entry, kind="tool", exposed_name="plus")
    hub.refresh()
    [listed] = hub.post("sums", "tools/list", revision=revision).result["tools"]
    assert shown(page, entry.current, revision=revision) == listed
    assert listed["name"] == "plus"


def test_every_revision_is_a_tab_and_says_what_it_leaves_out(page: Client) -> None:
    entry = make.entry(make.source(), "add", body=BODY)
    html = text(page.get(address(entry.current)))
    assert all(f"?revision={revision.date}&amp;name=add" in html for revision in REVISIONS)
    oldest = text(page.get(address(entry.current), {"revision": "2024-11-05"}))
    assert "no place for annotations, icons, outputSchema, title." in oldest
    assert set(shown(page, entry.current, revision="2024-11-05")) == {
        "name",
        "description",
        "inputSchema",
    }


def test_a_name_of_several_is_chosen_and_a_foreign_one_is_not(page: Client) -> None:
    entry = make.entry(make.source(), "add", body=BODY)
    for slug, name in (("one", "plus"), ("two", "sum")):
        ServerEntry.objects.create(
            server=make.server(slug), entry=entry, kind="tool", exposed_name=name
        )
    assert shown(page, entry.current)["name"] == "plus"
    assert shown(page, entry.current, name="sum")["name"] == "sum"
    assert shown(page, entry.current, name="<b>", revision="x")["name"] == "plus"


def test_curators_words_stand_in_every_version(page: Client) -> None:
    entry = make.entry(make.source(), "add", body=BODY, own_description="Adds two numbers.")
    newer = make.version(entry, {**BODY, "description": "Other."})
    html = text(page.get(address(newer)))
    assert "The description that curators gave it stands" in html
    assert shown(page, newer)["description"] == "Adds two numbers."


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [("resource", "uri", "demo://x"), ("template", "uriTemplate", "demo://{x}")],
)
def test_addressed_kinds_have_their_address(
    page: Client, kind: str, field: str, value: str
) -> None:
    entry = make.entry(make.source(), "x", kind, body={"name": "x", field: value})
    assert shown(page, entry.current)[field] == value


def test_a_version_that_is_not_there_is_refused(page: Client) -> None:
    assert page.get(reverse("admin:servers_server_definition", args=[99])).status_code == 403
    assert Entry.objects.count() == 0
