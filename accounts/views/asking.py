"""Which client a request for access is of."""

from django.http import HttpRequest

from accounts import throttle
from accounts.address import client_address
from accounts.errors import Refused
from accounts.models import OAuthClient
from accounts.oauth import engine
from accounts.oauth.client_documents import find_client, is_document_id
from accounts.oauth.denials import Reason
from accounts.oauth.parameters import Parameters


def asking_client(request: HttpRequest, said: Parameters) -> OAuthClient:
    """Return the usable client that asks. Raises Refused.

    One that comes with a document is learned first, for requests of one address not too often: nobody
    has logged in yet.
    """
    client_id = said.text("client_id")
    source = throttle.of_address(client_address(request))
    if is_document_id(client_id) and find_client(client_id, source).client is None:
        raise Refused(Reason.CLIENT_UNKNOWN)
    return engine.asking_client(said)
