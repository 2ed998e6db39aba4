"""What an authorization request asks, judged by a table. Pure.

Client and redirect URI are verified elsewhere (accounts/oauth/engine.py), before anything said here
goes anywhere. Servers are judged after log-in, by who asks.
"""

import re
from collections.abc import Callable

from accounts import scopes
from accounts.oauth.denials import Reason
from accounts.oauth.directory import Offer
from accounts.oauth.parameters import Parameters

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # SHA-256 in base64url without padding
_ONCE = frozenset({"response_type", "response_mode", "state", "scope", "code_challenge"}) | {
    "code_challenge_method",
    "request",
    "request_uri",
}

Rule = tuple[Reason, Callable[[Parameters], bool]]

RULES: tuple[Rule, ...] = (
    (Reason.DOUBLED, lambda said: any(said.doubled(name) for name in _ONCE)),
    (Reason.UNREADABLE, lambda said: bool(said.unreadable - {"resource"})),
    (Reason.REQUEST_OBJECT, lambda said: bool(said.text("request"))),
    (Reason.REQUEST_URI, lambda said: bool(said.text("request_uri"))),
    (Reason.RESPONSE_TYPE_MISSING, lambda said: not said.text("response_type")),
    (Reason.RESPONSE_TYPE, lambda said: said.text("response_type") != "code"),
    (Reason.RESPONSE_MODE, lambda said: said.text("response_mode") not in {"", "query"}),
    (Reason.PKCE_MISSING, lambda said: not said.text("code_challenge")),
    (Reason.PKCE_METHOD, lambda said: said.text("code_challenge_method") != "S256"),
    (Reason.PKCE_CHALLENGE, lambda said: not _CHALLENGE.fullmatch(said.text("code_challenge"))),
    (Reason.SCOPE, lambda said: bool(said.text("scope").split()) and not known_scopes(said)),
)
"""What a request must not be, in the order in which it is told."""


def fault_of(said: Parameters) -> Reason | None:
    """Return what is wrong with a request whose client and redirect URI are right, or None."""
    return next((reason for reason, holds in RULES if holds(said)), None)


def known_scopes(said: Parameters) -> tuple[str, ...]:
    """Return the hub's scopes among those asked for, in the hub's order; the others are ignored."""
    asked = set(said.text("scope").split())
    return tuple(scope for scope in scopes.SCOPES if scope in asked)


def default_scopes(offer: Offer) -> tuple[str, ...]:
    """Return what a client that names no scope asks for on a server; never what destroys."""
    needed = {tool.scope for tool in offer.tools}
    wanted = {scopes.READ: True, scopes.WRITE: scopes.WRITE in needed}
    wanted[scopes.PROMPTS] = bool(offer.prompts)
    return tuple(scope for scope in scopes.SCOPES if wanted.get(scope))
