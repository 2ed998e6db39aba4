"""Refreshes as clients do them: each connection has a family of its own and goes on with what it got."""

import asyncio
import json
import time
from urllib.parse import urlencode

from tests.bench.driver import LONGEST_PROBLEM, MOST_PROBLEMS, Connection, Heard
from tests.bench.hub import Hub

SEED = """
import hashlib, secrets
from accounts.models import Consent, OAuthClient, TokenFamily, User
from accounts.oauth.directory import directory
from accounts.services.issuing import Pair, _issue
user = User.objects.get(username="admin")
server = directory().by_slug({slug!r})
client = OAuthClient.objects.create(
    name="bench", client_type="public", authorization_grant_type="authorization-code",
    redirect_uris="http://127.0.0.1/callback",
)
scopes = "mcp:read mcp:write mcp:prompts"
consent = Consent.objects.create(
    user=user, client=client, server=server.public_id, scopes=scopes, redirect_uri=client.redirect_uris
)
print(client.client_id)
for _ in range({families}):
    refresh = secrets.token_urlsafe(32)
    family = TokenFamily.objects.create(
        consent=consent, code_digest=hashlib.sha256(refresh.encode()).hexdigest(),
        code_challenge="", scopes=scopes,
    )
    _issue(family, server, Pair(client, secrets.token_urlsafe(32), refresh, scopes, 900))
    print(refresh)
"""
COUNT = (
    "from monitoring.models import AuditEvent as A; "
    "print(A.objects.filter(action='token.refresh').count())"
)


class Chain:
    """One client's family: the refresh token it has now."""

    def __init__(self, client_id: str, token: str, port: int) -> None:
        self._client, self.token, self._port = client_id, token, port
        self.done = 0

    def request(self) -> bytes:
        """Return the next refresh."""
        body = urlencode(
            {"grant_type": "refresh_token", "refresh_token": self.token, "client_id": self._client}
        ).encode()
        head = (
            f"POST /token HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def heard(self, status: int, body: bytes) -> bool:
        """Go on with what came back, and tell whether it was a new token."""
        token = json.loads(body).get("refresh_token", "") if status == 200 else ""
        fresh, self.token = bool(token) and token != self.token, token or self.token
        self.done += fresh
        return fresh


def chains(hub: Hub, slug: str, families: int) -> list[Chain]:
    """Make a client with so many families, past the consent page."""
    seed = SEED.format(slug=slug, families=families)
    client, *tokens = hub.manage("shell", "-v", "0", "-c", seed).split()
    return [Chain(client, token, hub.port) for token in tokens]


async def refresh(chains: list[Chain], port: int, seconds: float) -> Heard:
    """Refresh on one connection for each chain, for so many seconds; every answer is checked."""
    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in chains]
    heard = Heard()
    begun = time.perf_counter()
    pairs = zip(opened, chains, strict=True)
    await asyncio.gather(*(_refresh(*pair, begun + seconds, heard) for pair in pairs))
    heard.wall = time.perf_counter() - begun
    for connection in opened:
        connection.close()
    return heard


async def _refresh(connection: Connection, chain: Chain, until: float, heard: Heard) -> None:
    """Refresh on one connection until the time is over."""
    while (begun := time.perf_counter()) < until and heard.problems.total() < MOST_PROBLEMS:
        heard.asked += 1
        status, body = await connection.ask(chain.request())
        if chain.heard(status, body):
            heard.seconds.append(time.perf_counter() - begun)
        else:
            heard.problems[f"{status} {body[:LONGEST_PROBLEM]!r}"] += 1


def unrecorded(hub: Hub, refreshed: int) -> int:
    """Return how many refreshes of a hub that has ended have no audit row."""
    return refreshed - int(hub.manage("shell", "-v", "0", "-c", COUNT))
