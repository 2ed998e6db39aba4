"""Unmodified clients that are known by their document as soon as a hub knows documents, at a public name.

The documents are their makers' (tests/client_documents.py): the hub fetches them from a server of the
test, as if it stood at theirs.
"""

import pytest

from tests.client_documents import CLAUDE_CODE, CODEX
from tests.clients.logins.desktop import Desktop
from tests.clients.logins.hubs import PASSWORD, Trail
from tests.clients.logins.known import FIRST, LOGINS
from tests.clients.logins.public import NAME, standing
from tests.clients.logins.tunnel import tunnelling
from tests.clients.needing import needs

pytestmark = pytest.mark.clients

ADD = {"tool": "add", "arguments": {"a": 2, "b": 3}}
DOCUMENTS = {"claude_code": CLAUDE_CODE, "codex": CODEX}
BY = {login.name: login for login in LOGINS}


@pytest.fixture(scope="module")
def public(prepared, tmp_path_factory):
    """A hub under a public name, and an internet where both documents stand."""
    domains = ("claude.ai", "chatgpt.com")
    with standing(prepared, tmp_path_factory.mktemp("public"), *domains) as public:
        yield public


@pytest.mark.parametrize("name", DOCUMENTS)
def test_client_shows_its_document_and_calls(public, tmp_path, name):
    login, document = BY[name], DOCUMENTS[name]
    needs(login.package)
    public.publish(document)
    trail = Trail(public.hub)
    with tunnelling(NAME, public.proxy.port) as proxy:
        desktop = Desktop(
            tmp_path,
            public.proxy.address,
            password=PASSWORD,
            authority=public.authority,
            proxy=proxy,
        )
        assert login.drive(desktop, public.resource, [ADD]) == [{"text": "5"}]
    (visit,) = desktop.visits
    assert (visit.asked["client_id"], visit.asked["scope"]) == (document["client_id"], FIRST)
    trail.holds(client_register=1, consent_allow=1, token_issue=1, add=1)
