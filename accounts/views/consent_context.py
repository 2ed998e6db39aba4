"""What the consent page's template is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts import scopes
from accounts.address import public_base
from accounts.forms import ConsentForm
from accounts.models import AuthorizationRequest
from accounts.oauth.answers import PATH
from accounts.oauth.authorization import default_scopes
from accounts.oauth.consent_page import asker_of, choices, destination_of, ticked_at_first
from accounts.oauth.directory import Offer, ServerFacts, directory
from accounts.oauth.parameters import write_query
from accounts.selectors import held_by
from accounts.words import ScopeWords, words_of


@dataclass(frozen=True, slots=True)
class Option:
    """A server to choose, and the address of the same page for it alone."""

    server: ServerFacts
    address: str
    chosen: bool
    held: tuple[ScopeWords, ...] = ()
    """What the client already may there."""


def consent_context(
    request: HttpRequest,
    shown: AuthorizationRequest,
    servers: Sequence[ServerFacts],
    form: ConsentForm | None,
) -> dict[str, Any]:
    """Return what the page says; `form` is there if an answer made no sense, and keeps its ticks.

    With one server the page tells what is on it. With several it asks nothing about each: there may be
    many, and each has a page of its own.
    """
    server = servers[0] if len(servers) == 1 else None
    offer = directory().offer(shown.user, server.public_id) if server else Offer()
    before = held_by(shown.user, shown.client)
    held = before.get(server.public_id, []) if server else []
    asked = shown.scopes.split() or (default_scopes(offer) if server else scopes.DEFAULT)
    at_first = ticked_at_first(asked, held)
    ticked = form.data.getlist("scopes") if form else at_first  # type: ignore[attr-defined]
    chosen = form.data.get("server") if form else None
    base = public_base(request)
    options = [
        Option(
            each,
            _address(shown, base + each.path),
            each.slug == chosen,
            words_of(before.get(each.public_id, ())),
        )
        for each in servers
    ]
    return {
        "shown": shown,
        "form": form,
        "asker": asker_of(shown.client),
        "destination": destination_of(shown.redirect_uri),
        "server": server,
        "options": options,
        "replaces": any(option.held for option in options) and not server,
        "choices": choices(offer, asked=asked, held=held, ticked=ticked),
        "held": words_of(held),
        "lost": words_of(set(held) - at_first),
        "added": words_of(scopes.expand(asked) - set(held)) if held else (),
        "again": _address(shown, base + server.path if server and shown.server else ""),
    }


def _address(shown: AuthorizationRequest, resource: str) -> str:
    """Return the address that asks the same again, for one server or for any."""
    said = {
        "response_type": "code",
        "client_id": shown.client.client_id,
        "redirect_uri": shown.redirect_uri,
        "state": shown.state,
        "code_challenge": shown.code_challenge,
        "code_challenge_method": "S256",
        "scope": shown.scopes,
        "resource": resource,
    }
    return f"{PATH}?{write_query(said)}"
