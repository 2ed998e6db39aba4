"""Which client a request for access is of. Here its document is fetched, while no transaction is open."""

from django.http import HttpRequest

from accounts import throttle
from accounts.address import client_address
from accounts.errors import Refused
from accounts.models import AuthorizationRequest, OAuthClient, Step
from accounts.oauth import engine, steps
from accounts.oauth.client_documents import find_client, is_document_id
from accounts.oauth.parameters import Parameters


def asking_client(request: HttpRequest, said: Parameters) -> OAuthClient:
    """Return the usable client that asks. Raises Refused.

    One that comes with a document is learned first, which is how it registers; for requests of one
    address not too often: nobody has logged in yet.
    """
    client_id = said.text("client_id")
    if is_document_id(client_id):
        found = find_client(client_id, throttle.of_address(client_address(request)))
        if found.client is None:
            raise Refused(found.reason)
        if found.learned:
            steps.note(request, Step.REGISTRATION, client=found.client)
    return engine.asking_client(said)


def look_again(shown: AuthorizationRequest) -> None:
    """Learn what has changed in the document of a page's client, if that is due.

    The page is answered in a transaction, which holds back every other write on SQLite: by then the
    row says what the document does.
    """
    if is_document_id(shown.client.client_id):
        shown.client = find_client(shown.client.client_id).client or shown.client
