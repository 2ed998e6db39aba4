"""Authorization codes and their proof keys (RFC 7636), pure: what fits, and what a code is stored as.

Only S256 is known. A code is stored as its SHA-256: who reads the database cannot redeem what is in it.
"""

import base64
import hashlib
import re
from hmac import compare_digest

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

METHOD = "S256"
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43,128}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def digest(text: str) -> str:
    """Return what a code or token is stored and looked up as."""
    return hashlib.sha256(text.encode()).hexdigest()


def check_challenge(request: Request) -> dict[str, str]:
    """Refuse a challenge that no verifier could ever fit, before anybody is asked for consent.

    One of oauthlib's own checks before authorization; the empty dict adds nothing to what it knows.
    """
    challenge, method = request.code_challenge, request.code_challenge_method
    if not challenge:
        raise InvalidRequestError("code_challenge is missing (RFC 7636).", request=request)
    if method != METHOD:
        raise InvalidRequestError("code_challenge_method has to be S256.", request=request)
    if not CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError(
            "code_challenge has to be 43 to 128 characters of base64url.", request=request
        )
    return {}


def verifies(verifier: str | None, challenge: str) -> bool:
    """Tell whether a verifier fits the challenge; one that is no verifier fits none."""
    if verifier is None or not VERIFIER.fullmatch(verifier):
        return False
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    return compare_digest(hashed.decode().rstrip("="), challenge)
