"""The servers of the scene: none, one, three and thirty of them, odd names, and requests for some."""

from dataclasses import dataclass
from typing import Any

from accounts.models import Team, User
from servers import services
from servers.models import Server
from tests import make

READS = {"readOnlyHint": True}
DELETES = {"destructiveHint": True}
SHELVES = (
    ("invoices", "Invoices", "Finds, sends and corrects invoices of the last ten years."),
    ("calendar", "Calendar", "Looks up who is free and books rooms."),
    ("tickets", "Support tickets", "Reads and answers the tickets of our customers."),
    ("wiki", "Wiki", "Searches the handbook and the notes of every team."),
)
LONG = "Odd: the archive of everything that was ever written down, since 1987, by anybody"
RTL = "\u0641\u0648\u0627\u062a\u064a\u0631 \u0627\u0644\u0634\u0631\u0643\u0629"
"""Invoices of the company, in Arabic."""


@dataclass(frozen=True, slots=True)
class Shelves:
    """The servers by their slugs, and the keys that paths name."""

    servers: dict[str, Server]
    keys: dict[str, str]


def made(people: dict[str, User]) -> Shelves:
    """Make them all."""
    _shut_out(people["nobody"], people["single"])
    small, large = make.team("Logistics"), make.team("Everything")
    for name in ("three", "fresh", "many", "minting", "ending"):
        make.member(small, people[name])
    make.member(large, people["thirty"])
    _small(small)
    _large(large)
    _odd(people["many"])
    single = make.server("single", title="Weather station", entries=[_searching("station")])
    make.rule(single, user=people["single"], effect="allow")
    keys = _requests(people)
    servers = {server.slug: server for server in Server.objects.all()}
    return Shelves(servers, {**keys, "warehouse_pk": str(servers["warehouse"].pk)})


def _shut_out(*people: User) -> None:
    """Leave nothing to these people: what is public is denied."""
    for server in Server.objects.filter(visibility=Server.Visibility.PUBLIC):
        for person in people:
            make.rule(server, effect="deny", user=person)


def _small(team: Team) -> None:
    """Two servers of a team, one of them with sixty tools."""
    source = make.source("weather")
    body = {
        "title": "Weather in one city",
        "description": "Temperature and rain for today.",
        "annotations": READS,
    }
    entries = [make.entry(source, "current_weather", body=body)]
    make.server(
        "a-weather",
        title="Weather",
        description="The weather where our lorries are.",
        team=team,
        entries=entries,
    )
    make.server(
        "warehouse",
        title="Warehouse",
        description="Stock, orders and places in all warehouses.",
        team=team,
        entries=[_entry(number) for number in range(60)],
    )


def _entry(number: int) -> Any:
    """One of sixty tools, of each kind some."""
    verb, hints = (
        ("Find", READS) if number % 3 else ("Delete", DELETES) if number % 4 == 0 else ("Move", {})
    )
    thing = ("stock", "orders", "places", "pallets", "deliveries")[number % 5]
    title = f"{verb} {thing} {number}"
    words = f"{verb}s {thing} by article, warehouse or day, and says what came of it.\nFor models."
    body = {"title": title, "description": words, "annotations": hints}
    source = make.source(f"warehouse{number}")
    return make.entry(source, title.lower().replace(" ", "_"), body=body)


def _searching(source: str) -> Any:
    """A tool that only reads."""
    body = {"title": "Search", "description": "Searches.", "annotations": READS}
    return make.entry(make.source(source), "search", body=body)


def _large(team: Team) -> None:
    """Twenty-nine servers of a team."""
    entry = _searching("office")
    for number in range(29):
        slug, title, description = SHELVES[number % 4]
        if number >= 4:
            slug, title = f"{slug}-{number}", f"{title} {number}"
        make.server(slug, title=title, description=description, team=team, entries=[entry])


def _odd(person: User) -> None:
    """A server with names that are hard to set: long, from right to left, without a blank."""
    names = (
        ("x" * 64, LONG, "Its description has no blank: " + "y" * 90),
        ("rtl", RTL, f"{RTL} (2024)!"),
        ("emoji", "\U0001f469\u200d\U0001f4bb Deploy \U0001f680", "Ships it. \U0001f389" * 12),
    )
    source = make.source("odd")
    entries = [
        make.entry(
            source, name, body={"title": title, "description": words, "annotations": DELETES}
        )
        for name, title, words in names
    ]
    for slug, title in (("odd", LONG), ("odd-rtl", f"{RTL} Odd")):
        server = make.server(slug, title=title, description=names[1][2], entries=entries)
        make.rule(server, user=person, effect="allow")


def _requests(people: dict[str, User]) -> dict[str, str]:
    """Servers that may be asked for, and requests in each state."""
    finance = make.server(
        "finance",
        title="Finance",
        description="Budgets and bookings, for who plans them.",
        discoverable=True,
    )
    payroll = make.server(
        "payroll", title="Payroll", description="Salaries and leave.", discoverable=True
    )
    travel = make.server("travel", title="Travel", description="Books trips.", discoverable=True)
    waits = services.ask_for_access(
        actor=people["one"], server=finance, reason="I prepare the quarterly report."
    )
    declined = services.ask_for_access(actor=people["one"], server=payroll, reason="Curious.")
    services.decline_request(actor=None, request=declined)
    for server in (finance, travel):
        granted = services.ask_for_access(actor=people["thirty"], server=server)
        services.grant_request(actor=None, request=granted)
    return {
        "finance": str(finance.public_id),
        "payroll": str(payroll.public_id),
        "travel": str(travel.public_id),
        "request": str(waits.pk),
    }
