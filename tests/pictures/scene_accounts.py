"""What the people of the scene have: connections, tokens, and attempts to connect."""

from typing import Any

from accounts.models import Consent, IssuedToken, OAuthClient, User
from servers.models import Server
from tests import make
from tests.pictures.scene_servers import RTL

CONNECTED = (
    "Claude Code",
    "Codex",
    "Inspector",
    "VS Code",
    "Goose",
    "Zed",
    "Windsurf",
    "My script",
)


def made(
    people: dict[str, User], clients: dict[str, OAuthClient], servers: dict[str, Server]
) -> dict[str, str]:
    """Make them, and return the keys of what pages name."""
    three, many = people["three"], people["many"]
    make.consent(three, clients["verified"], servers["a-weather"], scopes="mcp:read")
    everything = "mcp:read mcp:write mcp:destructive mcp:prompts"
    make.consent(three, clients["added"], servers["warehouse"], scopes=everything)
    once = make.consent(people["one"], clients["claimed"], servers["demo"])
    make.family(once)
    _used(once, minutes=5)
    connection = _twelve(many, clients, servers)
    ends = make.consent(people["ending"], clients["claimed"], servers["warehouse"])
    make.family(ends)
    token = _tokens(many, servers)
    return {
        "connection": str(connection.public_id),
        "connection_pk": str(connection.pk),
        "ends": str(ends.public_id),
        **_attempts(three, servers["warehouse"]),
        "token": str(token.public_id),
        "token_pk": str(token.pk),
        "many": str(many.public_id),
        "many_pk": str(many.pk),
    }


def _twelve(person: User, clients: dict[str, OAuthClient], servers: dict[str, Server]) -> Consent:
    """Connections of every kind: used and never, of each client, to a server that is gone."""
    gone = make.server("gone")
    rows = [
        make.consent(person, clients["odd"], servers["odd"], scopes="mcp:read mcp:write"),
        make.consent(person, clients["verified"], servers["warehouse"]),
        make.consent(person, clients["added"], servers["odd-rtl"], scopes="mcp:read"),
        make.consent(person, clients["claimed"], gone),
    ]
    everything = "mcp:read mcp:write mcp:destructive mcp:prompts"
    for number, name in enumerate(CONNECTED):
        client = make.client(f"{name} {number}" if number else name)
        rows.append(make.consent(person, client, servers["warehouse"], scopes=everything))
    gone.delete()
    for number, row in enumerate(rows):
        if number % 3:  # of the others no token is left
            make.family(row)
        if number % 4:  # the others were never used
            _used(row, days=number)
    return rows[1]


def _attempts(person: User, server: Server) -> dict[str, str]:
    """A client that got in, and others that came half-way for one reason or another."""
    mine: dict[str, Any] = {"user_id": person.pk, "server": server.public_id}
    known = "challenge", "metadata", "registration", "authorize", "allowed"
    ways = {
        "Claude Code": (*known, "token", "call"),
        "Visual Studio Code": (*known[:2], *known[3:]),
        "Editor": (*known[:3], "authorize:denied"),
        "Cursor": (*known, "token:verifier"),
    }
    for number, (name, steps) in enumerate(ways.items()):
        client = make.oauth_client(name, registration_source="dcr")
        row = make.attempt(*steps, client_id=client.pk, minutes_ago=300 - 60 * number, **mine)
    make.attempt("challenge:token_expired", minutes_ago=30, user_agent="curl/8.5", **mine)
    return {"attempt": str(row.public_id), "attempt_pk": str(row.pk)}


def _used(consent: Consent, **since: float) -> None:
    """Let its client have come."""
    consent.last_used_at = make.ago(**since)
    consent.save(update_fields=["last_used_at"])


def _tokens(person: User, servers: dict[str, Server]) -> IssuedToken:
    """Tokens of every kind: used and never, expired, with a long name, for a server that is gone."""
    gone = make.server("gone-too")
    make.token(person, servers["warehouse"])
    make.token(person, servers["odd"], scopes=["mcp:read", "mcp:write", "mcp:destructive"])
    make.token(person, servers["odd-rtl"], days=-1)
    make.token(person, gone)
    gone.delete()
    names = ("laptop", "The report of every night that the whole department waits for, until March",
             f"{RTL} \U0001f680", "Old machine")  # fmt: skip
    rows = list(IssuedToken.objects.filter(user=person, family=None).order_by("pk"))
    for row, name in zip(rows, names, strict=True):
        row.name, row.origin = name, IssuedToken.Origin.SELF
        row.last_used_at = make.ago(hours=2) if name == "laptop" else None
        row.save()
    return rows[0]
