"""The clients of the scene, known in each way, and the addresses at which they ask."""

import os
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.utils import timezone

from accounts.models import OAuthClient, User
from servers.models import Server
from tests import make
from tests.make import CALLBACK, CHALLENGE
from tests.pictures.scene_servers import LONG, RTL

VERIFIED = "https://claude.ai/oauth/client.json"
ODD = f"{RTL} \U0001f469\u200d\U0001f4bb Assistant of the department that plans what is planned"
CALLBACKS = {
    "verified": "https://claude.ai/api/mcp/auth_callback",
    "added": "https://reports.example.com/oauth/callback",
    "app": "cursor://anysphere.cursor-mcp/oauth/callback",
    "odd": f"https://{'a-very-long-label-of-a-host-' * 2}x.example.com/callback",
}
ON_SSE = (
    ("warehouse", "three", "claude-ai (via mcp-remote 0.1.29)", "node", 0.01, 1_204),
    ("demo", "", "cursor-vscode", "Cursor/0.46.8 (darwin arm64)", 0.3, 87),
    ("warehouse", "thirty", "mcp", "python-httpx/0.27.2", 2, 9),
    ("demo", "", ODD[:80], "", 11, 3),
    ("warehouse", "many", "supergateway", "node", 48, 1),
)
"""Clients on HTTP+SSE: server, person, name, agent, how many days ago it came last, how often."""


def made() -> dict[str, OAuthClient]:
    """Make the clients."""
    tomorrow = timezone.now() + timedelta(days=1)
    ways: dict[str, dict[str, object]] = {
        "claimed": {
            "name": "Claude Code",
            "registered_from": "192.0.2.7",
            "redirect_uris": f"{CALLBACK} http://localhost/callback",
        },
        "verified": {
            "name": "Claude",
            "client_id": VERIFIED,
            "registration_source": "cimd",
            "cimd_expires_at": tomorrow,
        },
        "added": {"name": "Nightly report", "registration_source": "manual"},
        "app": {"name": "Cursor"},
        "odd": {"name": ODD[:80], "software_id": LONG, "software_version": "1.2.3-beta.4"},
        "blocked": {"name": "Yesterday's client", "blocked": True},
        "waits": {"name": "New client", "approved": False},
    }
    return {name: _client(name, fields) for name, fields in ways.items()}


def _client(name: str, fields: dict[str, object]) -> OAuthClient:
    secret = {"client_secret": "s", "auth_method": "client_secret_basic"}
    more = secret if fields.get("registration_source") == "manual" else {}
    usual = {
        "client_id": name,
        "registration_source": "dcr",
        "redirect_uris": CALLBACKS.get(name, CALLBACK),
    }
    return make.oauth_client(**{**usual, **more, **fields})


def on_sse(people: dict[str, User], servers: dict[str, Server]) -> dict[str, str]:
    """Make clients that still use HTTP+SSE, the last of them long ago; return the key of one."""
    rows = [
        make.sse_client(
            servers[slug],
            people.get(who),
            name=name,
            agent=agent,
            first_used_at=make.ago(days=days + 60),
            last_used_at=make.ago(days=days),
            connects=connects,
        )
        for slug, who, name, agent, days, connects in ON_SSE
    ]
    return {"sse_client_pk": str(rows[0].pk)}


def keys(clients: dict[str, OAuthClient]) -> dict[str, str]:
    """Return the addresses at which clients ask, and the keys of their pages in the admin."""
    asks = {
        "claimed": _asks(clients["claimed"], "warehouse"),
        "verified": _asks(clients["verified"], "warehouse"),
        "added": _asks(clients["added"], "a-weather"),
        "again": _asks(clients["verified"], "a-weather", "mcp:write mcp:prompts"),
        "again_nothing": _asks(clients["verified"], "a-weather", "mcp:read"),
        "loses": _asks(clients["added"], "warehouse", "mcp:read mcp:write"),
        "choose": _asks(clients["claimed"]),
        "choose_again": _asks(clients["verified"]),
        "destroy": _asks(clients["verified"], "warehouse", "mcp:destructive mcp:prompts"),
        "app": _asks(clients["app"], "warehouse"),
        "odd": _asks(clients["odd"], "odd", "mcp:destructive"),
    }
    return {
        **{f"consent_{name}": address for name, address in asks.items()},
        "asks_claimed": quote(asks["claimed"], safe=""),
        "asks_verified": quote(asks["verified"], safe=""),
        **{f"client_{name}": str(client.pk) for name, client in clients.items()},
        "client_public": str(clients["claimed"].public_id),
    }


def _asks(client: OAuthClient, slug: str = "", scope: str = "") -> str:
    """Return the address that a client opens in a browser."""
    said = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uris.split()[0],
        "state": "their-state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    if slug:
        said["resource"] = f"http://127.0.0.1:{os.environ['PORT']}/mcp/{slug}"
    return f"/authorize?{urlencode({**said, **({'scope': scope} if scope else {})})}"
