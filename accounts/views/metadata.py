"""The hub as authorization server, for clients: one document, at two addresses."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.address import public_base
from accounts.models import ClientPolicy
from accounts.oauth.client_documents import documents_enabled
from accounts.oauth.metadata import Offered, authorization_server
from accounts.selectors import client_policy

CLOSED = ClientPolicy.Registration.CLOSED


@csrf_exempt  # a wrong verb is told as one
@require_safe
def metadata(request: HttpRequest) -> JsonResponse:
    """Return the document, from memory.

    Nobody may keep it without asking again: it costs less than what a client does next, and one
    that is a minute old sends clients to an endpoint that was closed since.
    """
    offered = Offered(
        registration=client_policy().registration != CLOSED, client_documents=documents_enabled()
    )
    document = authorization_server(public_base(request), offered)
    return JsonResponse(document, headers={"Cache-Control": "no-cache"})
