"""oauthlib's endpoints as the hub uses them: codes and refresh tokens, nothing else.

Implicit, password, client credentials and device grants are not switched off but absent.
"""

from typing import Any

from oauthlib.oauth2 import WebApplicationServer

from accounts.oauth.codes import check_challenge


class Server(WebApplicationServer):  # type: ignore[misc]
    """Authorization codes with S256 and refresh tokens."""

    def __init__(self, request_validator: Any, **options: Any) -> None:
        super().__init__(request_validator, **options)
        self.auth_grant.custom_validators.pre_auth.append(check_challenge)
