"""`python -m tests.pictures.scene`: fill the database of a running hub with what the pages show.

Runs beside the hub with its environment; prints one JSON object: the session of each person, and the
keys that paths name.
"""

import json
import os
import sys
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "mcphub.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import Team, User  # noqa: E402
from servers import services  # noqa: E402
from servers.models import Server  # noqa: E402
from tests import make  # noqa: E402

READS = {"readOnlyHint": True}
DELETES = {"destructiveHint": True}
SHELVES = (
    ("invoices", "Invoices", "Finds, sends and corrects invoices of the last ten years."),
    ("calendar", "Calendar", "Looks up who is free and books rooms."),
    ("tickets", "Support tickets", "Reads and answers the tickets of our customers."),
    ("wiki", "Wiki", "Searches the handbook and the notes of every team."),
)


def main() -> None:
    """Make it all, and print what leads there."""
    people = {name: make.user(name) for name in ("nobody", "one", "three", "thirty")}
    _shut_out(people["nobody"])
    small, large = make.team("Logistics"), make.team("Everything")
    make.member(small, people["three"])
    make.member(large, people["thirty"])
    _small(small)
    _large(large)
    keys = _requests(people) | _attempts(people["three"])
    people["admin"] = User.objects.get(username="admin")
    sessions = {name: _session(person) for name, person in people.items()}
    json.dump(
        {"cookie": settings.SESSION_COOKIE_NAME, "sessions": sessions, "keys": keys}, sys.stdout
    )


def _shut_out(person: User) -> None:
    """Leave nothing to this person: what is public is denied."""
    for server in Server.objects.filter(visibility=Server.Visibility.PUBLIC):
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


def _large(team: Team) -> None:
    """Twenty-nine servers of a team."""
    source = make.source("office")
    body = {"title": "Search", "description": "Searches.", "annotations": READS}
    entry = make.entry(source, "search", body=body)
    for number in range(29):
        slug, title, description = SHELVES[number % 4]
        if number >= 4:
            slug, title = f"{slug}-{number}", f"{title} {number}"
        make.server(slug, title=title, description=description, team=team, entries=[entry])


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
    waits = services.ask_for_access(
        actor=people["one"], server=finance, reason="I prepare the quarterly report."
    )
    declined = services.ask_for_access(actor=people["one"], server=payroll, reason="Curious.")
    services.decline_request(actor=None, request=declined)
    granted = services.ask_for_access(actor=people["thirty"], server=finance)
    services.grant_request(actor=None, request=granted)
    return {
        "finance": str(finance.public_id),
        "payroll": str(payroll.public_id),
        "request": str(waits.pk),
    }


def _attempts(person: User) -> dict[str, str]:
    """A client that got in, and others that came half-way for one reason or another."""
    server = Server.objects.get(slug="warehouse")
    mine: dict[str, Any] = {"user_id": person.pk, "server": server.public_id}
    known = "challenge", "metadata", "registration", "authorize", "allowed"
    ways = {
        "Claude Code": (*known, "token", "call"),
        "Visual Studio Code": (*known[:2], *known[3:]),
        "Editor": (*known[:3], "authorize:denied"),
        "Cursor": (*known, "token:verifier"),
    }
    for number, (name, steps) in enumerate(ways.items()):
        client = make.oauth_client(name)
        row = make.attempt(*steps, client_id=client.pk, minutes_ago=300 - 60 * number, **mine)
    make.attempt("challenge:token_expired", minutes_ago=30, user_agent="curl/8.5", **mine)
    return {"attempt": str(row.public_id), "attempt_row": str(row.pk)}


def _session(person: User) -> str:
    """Return the session of somebody who is logged in."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    main()
