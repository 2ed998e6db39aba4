"""What tests of /authorize stand on: requests as clients send them, pages as browsers send them back."""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from accounts.models import OAuthClient
from tests.make import CALLBACK, CHALLENGE

HUB = "http://testserver"
"""The hub as these tests' browsers reach it, and its issuer."""
SERVERS = "http://127.0.0.1/mcp"


def request_of(client: OAuthClient, **changes: str | None) -> str:
    """The address that a client opens in a browser; None leaves a parameter out."""
    said: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": CALLBACK,
        "state": "their-state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "resource": f"{SERVERS}/demo",
        **changes,
    }
    given = {name: value for name, value in said.items() if value is not None}
    return f"/authorize?{urlencode(given)}"


def page_in(response: Any) -> str:
    """The id of the page that was shown."""
    assert response.status_code == 200, response.content.decode()
    return re.findall(r'name="page" value="([^"]+)"', response.content.decode())[0]


def ticked_in(response: Any) -> list[str]:
    """The scopes that are ticked on the page."""
    return re.findall(r'value="(mcp:\w+)"[^>]* checked', response.content.decode())


def answer(browser: Client, page: str, decision: str = "allow", **fields: Any) -> Any:
    """Press a button of the page."""
    return browser.post(
        "/authorize", {"page": page, "decision": decision, "scopes": ["mcp:read"], **fields}
    )


def told(response: Any) -> dict[str, str]:
    """What the client is told at its redirect URI."""
    assert response.status_code == 302, response.content.decode()
    assert response["Location"].startswith(CALLBACK + "?"), response["Location"]
    return {
        name: value[0] for name, value in parse_qs(urlsplit(response["Location"]).query).items()
    }
