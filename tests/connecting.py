"""A client at the token endpoint, with a person who allowed it a server: what tests of tokens stand on."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from accounts.models import Consent, OAuthClient
from tests import make

FORM = "application/x-www-form-urlencoded"


@dataclass
class Connecting:
    """One client and its consent; each method sends one request and returns Django's answer."""

    consent: Consent
    client: OAuthClient
    slug: str = "demo"

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> Any:
        """Send a form, without the fields that are None."""
        sent = {name: value for name, value in fields.items() if value is not None}
        return Client().post(path, urlencode(sent, doseq=True), content_type=FORM, **headers)

    def code(self, **fields: Any) -> str:
        """A new code."""
        return make.grant(self.consent, **fields)

    def redeem(self, code: str | None = None, **fields: Any) -> Any:
        """Redeem a code, a new one unless one is given."""
        right = {
            "grant_type": "authorization_code",
            "code": self.code() if code is None else code,
            "client_id": self.client.client_id,
            "code_verifier": make.VERIFIER,
            "redirect_uri": make.CALLBACK,
        }
        return self.post("/token", {**right, **fields})

    def refresh(self, token: str, **fields: Any) -> Any:
        """Refresh."""
        right = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": self.client.client_id,
        }
        return self.post("/token", {**right, **fields})

    def revoke(self, token: str | None, **fields: Any) -> Any:
        """Revoke a token."""
        return self.post("/revoke", {"token": token, "client_id": self.client.client_id, **fields})


def error_of(answer: Any) -> tuple[int, str]:
    """Return status and error of an answer, which must be JSON that no cache keeps."""
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store" and answer["Pragma"] == "no-cache"
    return answer.status_code, answer.json().get("error", "")
