"""Pages that no address leads to: told to clients where there is one to tell, or for faults of the hub."""

from django.template.loader import get_template

from accounts.errors import Refused
from accounts.models import OAuthClient
from accounts.views.refusing import tell
from tests.pictures.rows_errors import DRAWN, ERRORS

TEMPLATES = {"403_csrf": "403_csrf.html"}


def pages(client: OAuthClient) -> dict[str, str]:
    """Return each page by the name it has behind /drawn/."""
    refused = {
        str(reason): tell(Refused(reason, client=client, host="claude.ai"), "").content.decode()
        for reason in DRAWN
    }
    errors = {
        name: get_template(TEMPLATES.get(name, f"errors/{name}.html")).render() for name in ERRORS
    }
    return {**refused, **errors}
