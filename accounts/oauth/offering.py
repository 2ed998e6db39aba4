"""What the authorization server offers now, in memory: every client that connects asks for it."""

from accounts.models import ClientPolicy
from accounts.oauth.client_documents import documents_enabled
from accounts.oauth.metadata import Offered
from accounts.remembering import Remembered
from accounts.selectors import client_policy
from monitoring import bus

CLOSED = ClientPolicy.Registration.CLOSED


def read_offered() -> Offered:
    """Return what settings and the client policy say."""
    registration = client_policy().registration != CLOSED
    return Offered(registration=registration, client_documents=documents_enabled())


offered = Remembered(read_offered, bus.alive)
"""The process's memory of it, forgotten when the policy is announced as changed."""
