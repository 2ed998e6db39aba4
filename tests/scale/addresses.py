"""Which pages are looked at: every list, each of its sorts and filters, a row of it, and what is no list."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Max, Min
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from accounts.models import OAuthClient, User
from catalog.models import Entry, Source
from monitoring.models import AuditEvent
from servers.admin.areas import AREAS
from servers.models import Server

SEARCHES = ("invoice_42", "list order acc", "nothing-is-named-so")
CHOICES = 3
"""Choices that are tried of each filter."""
DEEP = "100"
"""A page far behind the first."""
OFFERED = (
    {"q": "list order"},
    {"does": "changes"},
    {"kind": "prompt", "tag": "tag-03"},
    {"page": "100"},
)
CONTAINED = ({"q": "get_invoice"}, {"q": "get 42 source"}, {"page": DEEP}, {"kind": "prompt"})
SPANS = ("hour", "day", "week", "month")
TRAIL = "admin:monitoring_auditevent_changelist"
LIVE = "admin:monitoring_auditevent_live"


def addresses(user: User) -> list[str]:
    """Return every address, each once."""
    found = [*_pages(), *_of_server(), *_of_trail()]
    for model, page in admin.site._registry.items():
        found += _of_list(model, page, user)
    return list(dict.fromkeys(found))


def _at(page: str, /, *args: Any, **query: str) -> Iterator[str]:
    """Yield the address of a page, if the hub has it."""
    try:
        yield reverse(page, args=args, query=query or None)
    except NoReverseMatch:
        return


def _pages() -> Iterator[str]:
    """Yield what is neither a list nor about one server."""
    for span in SPANS:
        yield from _at("admin:index", span=span)
        yield from _at("overview", span=span)
    source = Source.objects.filter(changes=Source.Changes.REVIEW).first()
    yield from _at("admin:catalog_entryversion_waiting")
    yield from _at("admin:catalog_entryversion_waiting", **{"from": "200"})
    if source is not None:
        yield from _at("admin:catalog_entryversion_waiting", source=str(source.pk))
        yield from _at("admin:catalog_entryversion_approve_all", source.pk)
    yield from _at("admin:servers_accessrule_matrix")
    yield from _at("admin:servers_accessrule_matrix", p="2", s="3")
    yield from _at("admin:servers_accessrule_matrix", team="team 1", server="server-0")
    yield from _at("admin:servers_accessrule_people", server="server-00")
    yield from _at("admin:servers_accessrule_people", server="server-00", p="15")
    yield from _at("admin:servers_accessrule_why")
    about = {"user": "person0042", "server": "server-00"}
    tool = Entry.objects.filter(kind=Entry.Kind.TOOL).order_by("-pk")[0]
    yield from _at("admin:servers_accessrule_why", **about, kind="tool", name=tool.name)
    yield from _at("admin:servers_stop_add")
    yield from _at("admin:servers_stop_add", kind="entry", q="get_invoice")
    yield from _at("admin:servers_server_try", "tool", tool.pk)
    yield from _at("admin:system")


def _of_server() -> Iterator[str]:
    """Yield the areas of the server that has everything, and its pages for people."""
    server = Server.objects.order_by("pk")[0]
    for area in (*AREAS, "publish", "connected"):
        yield from _at(f"admin:servers_server_{area}", server.pk)
    for asked in CONTAINED:
        yield from _at("admin:servers_server_contents", server.pk, **asked)
    for pk in (server.pk, server.pk + 1):
        for asked in OFFERED:
            yield from _at("admin:servers_server_publish", pk, **asked)
    yield from _at("servers:home")


def _of_trail() -> Iterator[str]:
    """Yield what is asked of the trail beside its filters' choices."""
    ends = AuditEvent.objects.aggregate(first=Min("id"), last=Max("id"))
    middle = (ends["first"] + ends["last"]) // 2
    event = AuditEvent.objects.filter(id__lte=middle).order_by("-id")[0]
    person, client = User.objects.get(username="person0042"), OAuthClient.objects.all()[0]
    micro = int(event.at.timestamp() * 1_000_000)
    for asked in (
        {"q": person.username},
        {"q": "server-03"},
        {"server": "server-03"},
        {"server": "server-03", "verdict": "deny"},
        {"server": "no-server"},
        {"client": str(client.public_id)},
        {"entry": event.entry},
        {"trace_id": event.trace_id},
        {"who": person.username, "outcome": "cancelled"},
        {"before": f"{micro}-{event.id}"},
        {"before": f"{micro}-{event.id}", "server": "server-03"},
        {"span": "week", "outcome": "wrong"},
        {"reason": "rate_limited", "server": "server-00"},
        {"entry": event.entry, "who": person.username},
    ):
        yield from _at(TRAIL, **asked)
    named = {"server": "server-03", "user": person.username}
    for seen in ({}, {"server": "server-03"}, {"user": person.username}, named, {"client": "none"}):
        yield from _at(LIVE, **seen)


def _of_list(model: Any, page: Any, user: User) -> Iterator[str]:
    """Yield a list's first page, searches, sorts, filters, a page far behind, and one of its rows."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    where = reverse(f"{name}_changelist")
    yield where
    for words in SEARCHES if page.search_fields else ():
        yield f"{where}?{urlencode({'q': words})}"
    request = RequestFactory().get(where)
    request.user = user  # type: ignore[attr-defined]
    changelist = page.get_changelist_instance(request)
    for number, column in enumerate(changelist.list_display):
        if changelist.get_ordering_field(column):
            yield f"{where}?o=-{number}"
    for spec in changelist.filter_specs:
        offered = (each.get("query_string", "?") for each in spec.choices(changelist))
        yield from (f"{where}{each}" for each in islice(offered, 1, 1 + CHOICES) if each != "?")
    if changelist.result_count > int(DEEP) * page.list_per_page:
        yield f"{where}?p={DEEP}"
    row = model._default_manager.order_by("-pk").first()
    if row is not None:
        yield reverse(f"{name}_change", args=[row.pk])
