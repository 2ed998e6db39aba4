"""views/asking.py: a client's document is looked at again before its page is answered."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from oauth2_provider.models import get_grant_model

from accounts.models import OAuthClient
from accounts.oauth import client_documents
from accounts.oauth.client_documents import ClientDocuments
from accounts.oauth.denials import REASONS, Reason
from accounts.outbound.fetch import Fetched
from tests import make
from tests.accounts.asking import answer, page_in, request_of, told

ID = "https://client.example/oauth/client.json"
SAID = {"client_id": ID, "client_name": "Editor", "redirect_uris": [make.CALLBACK]}


@dataclass
class Slow:
    """A stranger's server: until it answers, another request writes."""

    document: dict[str, Any]
    held: list[bool] = field(default_factory=list)
    """Whether there was a transaction, for each fetch."""

    def get(self, address: str) -> Fetched:
        self.held.append(connection.in_atomic_block)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_write).result()
        return Fetched(json.dumps(self.document).encode(), Message())


def _write():
    try:
        make.user()
    finally:
        connection.close()


@pytest.fixture
def slow(transactional_db, settings, monkeypatch):
    settings.CLIENT_DOCUMENTS = True
    server = Slow(SAID)
    monkeypatch.setattr(client_documents, "documents", ClientDocuments(server))
    return server


@pytest.fixture
def page(slow, client, directory):
    """The page of a client whose document is due by now."""
    client.force_login(make.user("bob"))
    directory.add("demo", "bob")
    shown = page_in(client.get(request_of(OAuthClient(client_id=ID))))
    OAuthClient.objects.update(cimd_expires_at=timezone.now())
    return shown


@pytest.mark.parametrize(("decision", "part"), [("allow", "code"), ("deny", "error")])
def test_document_that_is_due_is_fetched_while_no_transaction_is_open(
    slow, client, page, decision, part
):
    slow.document = {**SAID, "client_name": "Editor 2"}
    assert told(answer(client, page, decision))[part]
    assert slow.held == [False, False]
    assert OAuthClient.objects.get().name == "Editor 2"


def test_address_that_the_document_names_no_more_is_told_nothing(slow, client, page):
    slow.document = {**SAID, "redirect_uris": ["https://client.example/cb"]}
    response = answer(client, page)
    assert response.status_code == REASONS[Reason.REDIRECT_MISMATCH].status
    assert "Location" not in response and not get_grant_model().objects.exists()


def test_client_whose_document_cannot_be_had_is_allowed_as_it_is_known(slow, client, page):
    slow.document = {}
    assert told(answer(client, page))["code"] and len(slow.held) == 2
