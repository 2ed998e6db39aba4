"""Clients known by the document at their id (draft-ietf-oauth-client-id-metadata-document).

The id is an https address; whoever serves the document there holds the domain, which pages show. It is
fetched when the client comes for the first time and when what is known is too old, never else: asking
for the hub's metadata fetches nothing and switches nothing. A document that cannot be had leaves a
client that is known as it is, and is not asked for again for a while.

django-oauth-toolkit's own machinery for this stays off: it saves whole rows that it read before the
fetch, and so could undo a block; it neither knows the policy nor records what changed.
"""

import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from accounts import throttle
from accounts.errors import AccountsError, ClientRefused, InvalidFields
from accounts.https_url import read_https
from accounts.models import ClientPolicy, OAuthClient
from accounts.oauth import redirects
from accounts.oauth.backoff import Backoff
from accounts.oauth.denials import Reason
from accounts.oauth.json_reading import UnreadableError, read_object
from accounts.oauth.registration import (
    METADATA,
    ClientMetadata,
    MetadataError,
    read_metadata,
    usable_beside,
)
from accounts.outbound.fetch import Fetcher
from accounts.selectors import client_policy
from accounts.services.registering import CLOSED, Document, know_document

LONGEST_ID = 255
SHORTEST_LIFE, LONGEST_LIFE = timedelta(minutes=5), timedelta(days=1)
BACK_OFF_SECONDS = 60.0
MOST_AT_ONCE = 4
"""Fetches at a time in a process: each holds a thread and a connection to the database."""

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)
_NEVER_KEPT = re.compile(r"\bno-(?:store|cache)\b", re.IGNORECASE)
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_SECRETS = ("client_secret", "client_secret_expires_at")
_NEEDED = ("client_name", "grant_types", "response_types")

Registration, Source = ClientPolicy.Registration, OAuthClient.RegistrationSource
REFUSALS = (AccountsError, MetadataError, UnreadableError)
BY_CODE = {each.value: each for each in Reason}
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A client, and whether it was learned just now; or in one sentence why there is none.

    `reason` is how the person is told.
    """

    client: OAuthClient | None
    problem: str = ""
    reason: Reason = Reason.CLIENT_UNKNOWN
    learned: bool = False


def documents_enabled() -> bool:
    """Tell whether clients may become known by document now, for the metadata; reads the policy."""
    policy = client_policy()
    return _allowed(policy) and policy.registration != Registration.CLOSED


def is_document_id(client_id: str) -> bool:
    """Tell whether a client id is meant as the address of a document."""
    return client_id.startswith("https://")


def problem_of_id(client_id: str) -> str:
    """Return in one sentence why a client id is no address of a document, or nothing (section 3)."""
    url = read_https(client_id) if len(client_id) <= LONGEST_ID else None
    if url is None or not url.is_name or not client_id.startswith(f"https://{url.host}/"):
        return "A client id is a plain https address with a domain name in lower case, and no port."
    if url.path == "/" or _DOTS.search(url.path) or url.query:
        return "A client id has a path without dot segments, and no query."
    return ""


class ClientDocuments:
    """Finds clients, and learns those that come with a document."""

    def __init__(self, fetcher: Fetcher | None = None) -> None:
        self._fetcher = fetcher or Fetcher()
        self._failed: Backoff[Found] = Backoff(BACK_OFF_SECONDS)
        self._fetches = threading.BoundedSemaphore(MOST_AT_ONCE)

    def find(self, client_id: str, source: str = "") -> Found:
        """Return the client with this id, learned first if it comes with a document that is due.

        `source` is whose request names it, if anybody could have sent that: one may not use up what all
        have together.
        """
        if len(client_id) > LONGEST_ID or "\0" in client_id:  # PostgreSQL takes no NUL
            return _misnamed(client_id)
        row = _by_id(client_id)
        if not is_document_id(client_id) or (row is not None and not _is_due(row)):
            return Found(row)
        try:
            found = self._learn(client_id, row, source)
        except REFUSALS as refused:
            found = _refused(refused)
        return Found(row) if row and not found.client else found

    def _learn(self, client_id: str, row: OAuthClient | None, source: str) -> Found:
        """Fetch and know a document, unless that failed lately. Raises one of REFUSALS."""
        _check(client_policy(), client_id, row)
        if failed := self._failed.reason(client_id):
            return failed
        if row is None:
            _brake(source)
        if not self._fetches.acquire(blocking=False):
            sentence = "The hub fetches too many documents now. Try again in a moment."
            raise ClientRefused(sentence, Reason.LIMITED)
        try:
            return Found(_known(self._fetch(client_id)), learned=row is None)
        except REFUSALS as refused:
            log.info("the document of a client was not taken: %s", refused)
            self._failed.remember(client_id, _refused(refused))
            raise
        finally:
            self._fetches.release()

    def _fetch(self, client_id: str) -> Document:
        """Fetch a document and read it."""
        fetched = self._fetcher.get(client_id)
        metadata = read_document(client_id, read_object(fetched.body))
        return Document(client_id, metadata, timezone.now() + lifetime(fetched.headers))


documents = ClientDocuments()


def find_client(client_id: str, source: str = "") -> Found:
    """Return the client with this id, however clients become known; `source` as in `find`."""
    return documents.find(client_id, source)


def read_document(client_id: str, said: Mapping[str, Any]) -> ClientMetadata:
    """Return the client that a document describes. Raises MetadataError.

    Such clients are public. One document serves every hub there is, so what this one cannot use of it is
    left out: redirect addresses that could not be registered here, or are too many, and what is said
    beside the necessary.
    """
    if said.get("client_id") != client_id:
        raise MetadataError(METADATA, "The document's client_id is not the address it stands at.")
    if any(name in said for name in _SECRETS):
        raise MetadataError(METADATA, "A document that everybody reads holds no client_secret.")
    if not _may_be_public(said):
        raise MetadataError(METADATA, "token_endpoint_auth_method of a document is none.")
    if not said.get("client_name"):
        raise MetadataError(METADATA, "The document has no client_name.")
    uris = said.get("redirect_uris")
    if isinstance(uris, list):
        uris = redirects.usable(uris, settings.PRIVATE_SCHEMES)
    needed = {name: said.get(name) for name in _NEEDED}
    public = {"redirect_uris": uris, "token_endpoint_auth_method": "none"}
    return read_metadata(needed | public | usable_beside(said), settings.PRIVATE_SCHEMES)


def _may_be_public(said: Mapping[str, Any]) -> bool:
    """Tell whether a client goes without authenticating where the hub's metadata offers it nothing else.

    One that prefers a key of its own lists all that it can do (ChatGPT does).
    """
    method = said.get("token_endpoint_auth_method")
    able = said.get("token_endpoint_auth_methods_supported")
    return method in (None, "none") or (isinstance(able, list) and "none" in able)


def lifetime(headers: Message) -> timedelta:
    """Return how long an answer holds by its own headers, within the hub's bounds."""
    control = ",".join(headers.get_all("Cache-Control", []))
    if _NEVER_KEPT.search(control):
        return SHORTEST_LIFE
    match = _MAX_AGE.search(control)
    told = timedelta(seconds=int(match[1])) if match else LONGEST_LIFE
    return max(SHORTEST_LIFE, min(told, LONGEST_LIFE))


def _allowed(policy: ClientPolicy) -> bool:
    """Tell whether the policy lets clients become known by document; the address must be public."""
    return bool(settings.CLIENT_DOCUMENTS and policy.client_documents)


def _is_due(row: OAuthClient) -> bool:
    """Tell whether what is known of a client is too old."""
    if row.registration_source != Source.CIMD:
        return False
    return row.cimd_expires_at is None or row.cimd_expires_at <= timezone.now()


def _check(policy: ClientPolicy, client_id: str, row: OAuthClient | None) -> None:
    """Raise ClientRefused for a document that is not to be fetched; a known one is followed."""
    if not _allowed(policy):
        raise ClientRefused("This hub does not know clients by document.")
    if problem := problem_of_id(client_id):
        raise ClientRefused(problem, Reason.DOCUMENT)
    if row is not None:
        return
    if policy.registration == Registration.CLOSED:
        raise ClientRefused(CLOSED, Reason.CLOSED)
    host = redirects.host_of(client_id)
    if policy.registration == Registration.HOSTS and host not in policy.hosts:
        raise ClientRefused(f"This hub knows no clients of {host}.", Reason.HOST)


def _brake(source: str) -> None:
    """Raise ClientRefused if too many unknown clients were asked for lately, from there or at all."""
    if source and not throttle.passes(throttle.DOCUMENTS_OF, source):
        sentence = "You come with too many new clients. Try again in ten minutes."
        raise ClientRefused(sentence, Reason.LIMITED)
    if not throttle.passes(throttle.DOCUMENTS, throttle.WHOLE_HUB):
        sentence = "Too many clients became known lately. Try again in an hour."
        raise ClientRefused(sentence, Reason.LIMITED)


def _misnamed(client_id: str) -> Found:
    """Return what is told of an id that no client can have."""
    if not is_document_id(client_id):
        return Found(None)
    return Found(None, problem_of_id(client_id), Reason.DOCUMENT)


def _refused(refused: Exception) -> Found:
    """Return what is told of a client that was refused; most have no usable document."""
    reason = BY_CODE.get(getattr(refused, "reason", ""), Reason.DOCUMENT)
    return Found(None, str(refused), reason)


def _known(document: Document) -> OAuthClient:
    """Know a document; if another process was faster, the client it made."""
    try:
        return know_document(document=document)
    except (IntegrityError, InvalidFields):
        row = _by_id(document.client_id)
        if row is None:
            raise
        return row


def _by_id(client_id: str) -> OAuthClient | None:
    """Return the client with this id, as the hub has it."""
    row: OAuthClient | None = OAuthClient.objects.filter(client_id=client_id).first()
    return row
