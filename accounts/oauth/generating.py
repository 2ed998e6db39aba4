"""The texts of new tokens; their beginnings tell secret scanners and people what they look at."""

import secrets

from oauthlib.common import Request

from accounts.services.tokens import PREFIX, TOKEN_BYTES

REFRESH_PREFIX = f"{PREFIX}r_"


def access_token(request: Request) -> str:
    """Return the text of a new access token."""
    return PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def refresh_token(request: Request) -> str:
    """Return the text of a new refresh token."""
    return REFRESH_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
