"""How an authorization request that gets no code is answered: back to the client, or with a page."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.encoding import iri_to_uri

from accounts import throttle
from accounts.errors import Refused
from accounts.foreign import clean_line
from accounts.models import OAuthClient
from accounts.oauth.answers import Back
from accounts.oauth.consent_page import asker_of
from accounts.oauth.denials import REASONS, Reason, Teller
from monitoring.errors import RETRY_SECONDS, UNAVAILABLE

LONGEST_HOST = 120
WAITS = {429: throttle.DOCUMENTS_OF.seconds, 503: RETRY_SECONDS}
"""Status -> the seconds after which asking again may help."""


def send_back(address: str) -> HttpResponse:
    """Answer a client at its redirect URI; any scheme it was allowed to register."""
    return HttpResponse(status=302, headers={"Location": iri_to_uri(address)})


def tell(refused: Refused, issuer: str) -> HttpResponse:
    """Say why there is no code to whom the table of reasons names.

    The page is made without the request: it knows no person, and needs no database.
    """
    telling = REASONS[refused.reason]
    address = refused.back.refusal(issuer, refused.reason) if refused.back else ""
    if address and telling.teller is Teller.CLIENT:
        return send_back(address)
    context = {
        "telling": telling,
        "reason": refused.reason,
        "client": asker_of(refused.client).name if refused.client else "",
        "host": clean_line(refused.host, LONGEST_HOST),
        "address": address,
    }
    page = render_to_string("accounts/refused.html", context)
    wait = WAITS.get(telling.status)
    headers = {"Retry-After": str(wait)} if wait else {}
    return HttpResponse(page, status=telling.status, headers=headers)


@contextmanager
def told_at(back: Back, client: OAuthClient) -> Iterator[None]:
    """Have the client told, from here on, of what is for it to hear."""
    try:
        yield
    except Refused as refused:
        refused.client = refused.client or client
        if REASONS[refused.reason].teller is not Teller.PAGE:
            refused.back = back
        raise
    except UNAVAILABLE:
        raise Refused(Reason.UNAVAILABLE, back, client=client) from None
