"""The area that shows what is on a server: found, renamed, moved, withdrawn, whole sources among it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from catalog.permissions import curated_teams, sees_entries
from monitoring import asked
from monitoring.admin.confirming import SENT, Act, ask_and_act
from monitoring.admin.editions import TOLD
from monitoring.asked import words
from servers import services
from servers.admin.areas import area_url, number, shown
from servers.contents import A_PAGE, KINDS, contents, place_of, sources_on
from servers.models import Server, ServerEntry, ServerSource


@dataclass(frozen=True, slots=True)
class Order:
    """What was typed for one row; None where it is as it was shown."""

    row: ServerEntry
    name: str | None
    place: int | None


def contents_area(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Show a page of what is on it; on POST do what was ordered."""
    if request.method == "POST":
        if not page.has_change_permission(request, server):
            raise PermissionDenied
        return _ordered(page, request, server)
    query = words(request.GET.get("q", ""))
    kind, wanted = request.GET.get("kind", ""), number(request.GET.get("page", "1"))
    found = contents(server, kind=kind, query=query, page=wanted)
    return shown(
        page,
        request,
        server,
        "contents",
        "contents",
        found=found,
        query=query,
        here=_query(found.kind, query, found.page),
        kinds=[(key, title, found.counts[key]) for key, title in KINDS.items()],
        sources=sources_on(server),
        tries=_tries(request.user, server),
    )


def _tries(user: Any, server: Server) -> bool:
    """Tell whether somebody may try everything on the server."""
    team = server.team_id
    curates = team is not None and curated_teams(user).filter(pk=team).exists()
    return curates or sees_entries(user)


def _query(kind: str, query: str, page: int) -> str:
    """Return what of an address leads to this page of it."""
    return urlencode({"kind": kind, **({"q": query} if query else {}), "page": page})


def _ordered(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Do what was ordered, and lead back to the same rows."""
    said, focus = request.POST, ""
    if "withdraw" in said:
        return _withdraw(page, request, server, said)
    if key := number(said.get("up", "") or said.get("down", "")):
        step = -1 if "up" in said else 1
        focus = _step(page, request, server, key, step)
    else:
        _save(page, request, server, said)
    return HttpResponseRedirect(f"{_back(server, said)}{focus}")


def _back(server: Server, said: QueryDict) -> str:
    """Return the address of the same rows."""
    here = _query(said.get("kind", ""), words(said.get("q", "")), number(said.get("page", "1")))
    return f"{area_url(server, 'contents')}?{here}"


def _step(page: Any, request: Any, server: Server, key: int, step: int) -> str:
    """Move one row a place up or down; return the part of the address that keeps the keyboard there."""
    row = server.entries.filter(pk=key).select_related("server").first()
    if row is not None:
        place = place_of(row) + step
        page.attempt(
            request,
            lambda: services.move_published_entry(actor=request.user, published=row, place=place),
        )
    return f"#{'up' if step < 0 else 'down'}-{key}"


def _withdraw(page: Any, request: Any, server: Server, said: QueryDict) -> HttpResponse:
    """Ask, and withdraw what is ticked, all of it or nothing."""
    keys = asked.keys(said.getlist("entry")[:A_PAGE])
    rows = list(server.entries.filter(pk__in=keys).select_related("server", "entry__source"))
    if not rows:
        messages.error(request, "Tick what is to be withdrawn.")
        return HttpResponseRedirect(_back(server, said))

    def do(_form: Any) -> str:
        for row in rows:
            services.unpublish_entry(actor=request.user, published=row)
        return f"{len(rows)} withdrawn from {server}."

    one = rows[0].exposed_name if len(rows) == 1 else ""
    act = Act(
        title=f"Withdraw {one or len(rows)}",
        lead=f"Take {one or f'{len(rows)} of what is on it'} off {server}?",
        what_goes=[
            f"Clients are told, and find {_it(len(rows))} no more.",
            f"The exposed name and place of {'it' if one else 'each'} here are forgotten.",
            f"The catalog keeps {_it(len(rows))}, and so do other servers.",
        ],
        typed=one or server.slug,
        word="Withdraw",
        back=_back(server, said),
        do=do,
        carried=_carried(said, rows),
    )
    return ask_and_act(page, request, act)


def _carried(said: QueryDict, rows: list[ServerEntry]) -> list[tuple[str, str]]:
    """Return what the page that asks sends once more."""
    here = [(name, said.get(name, "")) for name in ("kind", "q", "page")]
    return [*here, ("withdraw", "1"), SENT, *(("entry", str(row.pk)) for row in rows)]


def _save(page: Any, request: Any, server: Server, said: QueryDict) -> None:
    """Rename and move what was typed otherwise than it was shown; all of it or nothing."""
    orders = list(_orders(server, said))
    if told := _overtaken(orders, said):
        messages.error(request, TOLD.format(told))
        return

    def act() -> None:
        for order in orders:
            if order.name is not None:
                services.update_published_entry(
                    actor=request.user, published=order.row, exposed_name=order.name
                )
        for order in sorted(orders, key=lambda each: each.place or 0):
            if order.place is not None:
                services.move_published_entry(
                    actor=request.user, published=order.row, place=order.place
                )

    if orders and page.attempt(request, act):
        messages.success(request, f"{len(orders)} changed on {server}.")


def _overtaken(orders: list[Order], said: QueryDict) -> str:
    """Say what somebody else has renamed or moved since it was shown; the page then shows that."""
    told = [tell(order, said) for order in orders for tell in (_renamed, _moved)]
    return "; ".join(filter(None, told))


def _renamed(order: Order, said: QueryDict) -> str:
    was, now = said.get(f"was-name-{order.row.pk}"), order.row.exposed_name
    return f"“{was}” is now “{now}”" if order.name is not None and was != now else ""


def _moved(order: Order, said: QueryDict) -> str:
    if order.place is None:
        return ""
    was, now = number(said.get(f"was-place-{order.row.pk}", "")), place_of(order.row)
    return f"“{order.row.exposed_name}” now stands at {now}" if was != now else ""


def _orders(server: Server, said: QueryDict) -> list[Order]:
    """Return the rows for which something was typed."""
    keys = asked.keys(said.getlist("shown")[:A_PAGE])
    rows = server.entries.filter(pk__in=keys).select_related("server", "entry__source")
    orders = [Order(row, _typed(said, "name", row), _place(said, row)) for row in rows]
    return [order for order in orders if (order.name, order.place) != (None, None)]


def _typed(said: QueryDict, field: str, row: ServerEntry) -> str | None:
    """Return what was typed; None if it is what was shown."""
    typed = said.get(f"{field}-{row.pk}")
    return None if typed == said.get(f"was-{field}-{row.pk}") else typed


def _place(said: QueryDict, row: ServerEntry) -> int | None:
    typed = _typed(said, "place", row)
    return None if typed is None else number(typed)


def withdraw_source(page: Any, request: Any, server: Server, *, followed: int) -> HttpResponse:
    """Ask, and withdraw all of a source."""
    back = area_url(server, "contents")
    row = ServerSource.objects.filter(server=server, pk=followed).select_related("source").first()
    if row is None:
        messages.warning(request, "This source is not published here any more.")
        return HttpResponseRedirect(back)
    count = row.published.count()

    def do(_form: Any) -> str:
        services.unpublish_source(actor=request.user, followed=row)
        return f"All of {row.source} withdrawn from {server}."

    act = Act(
        title=f"Withdraw all of {row.source}",
        lead=f"Take what came with {row.source} off {server}?",
        what_goes=[
            f"{count} of it on this server: clients are told, and find {_it(count)} no more.",
            "Their exposed names and order here are forgotten.",
            "The source and what it offers stay in the catalog, and on other servers.",
        ],
        typed=str(row.source),
        word="Withdraw",
        back=back,
        do=do,
    )
    return ask_and_act(page, request, act)


def _it(count: int) -> str:
    return "it" if count == 1 else "them"
