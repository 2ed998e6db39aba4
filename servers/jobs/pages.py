"""The pages of large results as resources of the hub's own: found by a query, since they are in no
snapshot, and then judged, read and recorded in the corridor like any other.

One is its job's caller's, on the job's server, with what the job's tool needs, until the job expires.
"""

import uuid
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from django.db.models import Count
from django.utils import timezone

from accounts.scopes import DESTRUCTIVE, READ, WRITE
from catalog.definitions import canonical, sha256
from catalog.policy.facts import Target
from servers.capabilities.base import (
    DEFAULT_SECONDS,
    BadArguments,
    Completing,
    Unavailable,
    Work,
)
from servers.jobs.addresses import TEMPLATE, Place, address
from servers.models import Job, JobPart
from servers.offload import Offload
from servers.protocol.outcome import Completions, Contents
from servers.published import OWN, Defined, PublishedEntry, PublishedServer

META = "mcphub/page"
_BODY = {"name": "result", "uriTemplate": TEMPLATE}
_SHA256 = sha256(canonical(_BODY))
DEFINED = {
    scope: Defined(_SHA256, _SHA256, "resource", _BODY, scope)
    for scope in (READ, WRITE, DESTRUCTIVE)
}
"""What a page is, by the scope that its job's tool needs."""


class KeptResult(NamedTuple):
    """A large result that is kept: of which tool, and in how many pages."""

    key: int
    name: str
    via: str
    entry: uuid.UUID
    scope: str
    pages: int


def result_of(server: uuid.UUID, user: int | None, place: Place) -> KeptResult | None:
    """Return the result a page is of, if it is this user's, and has that page."""
    jobs = Job.objects.filter(
        server__public_id=server, user=user, public_id=place.job, expires_at__gt=timezone.now()
    )
    row = (
        jobs.annotate(pages=Count("parts"))
        .values_list("pk", "name", "via", "entry__public_id", "scope", "pages")
        .first()
    )
    if row is None or place.page >= row[-1]:
        return None
    return KeptResult(*row)


def entry_of(server: PublishedServer, scope: str) -> PublishedEntry:
    """Return what stands for the pages of a server's results, of tools that need this scope."""
    visibility: Literal["public", "team"] = "public" if server.public else "team"
    target = Target(name=TEMPLATE, visibility=visibility, team=server.team)
    public_id = uuid.uuid5(server.public_id, TEMPLATE)
    return PublishedEntry(
        "resource", TEMPLATE, 0, OWN, "", TEMPLATE, False, target, DEFINED[scope], public_id
    )


class Reading:
    """Reads one page of a result; ready to be called."""

    seconds = job_seconds = DEFAULT_SECONDS
    takes: Mapping[str, Any] = {}

    def __init__(self, offload: Offload, kept: KeptResult, place: Place) -> None:
        self._offload, self._kept, self._place = offload, kept, place

    async def call(self, work: Work) -> Contents:
        """Return the page, and where the next one is; raises Unavailable if it has just gone."""
        body = await self._offload(_body, self._kept.key, self._place.page)
        if body is None:
            raise Unavailable("This result is not kept any more.")
        return Contents(_told(body, self._place, self._kept.pages))

    async def complete(self, completing: Completing) -> Completions:
        """Raise BadArguments: nobody may be told what there is."""
        raise BadArguments(f"no argument {completing.argument[:64]!r}")


def _body(job: int, page: int) -> dict[str, Any] | None:
    part = JobPart.objects.filter(job=job, position=page).first()
    return None if part is None else part.contents


def _told(body: dict[str, Any], place: Place, pages: int) -> list[dict[str, Any]]:
    """Return the contents of a page: its piece, and a sentence about where the others are.

    The sentence is a content of its own, so that the pieces together are what was cut.
    """
    here, following = address(*place), place.page + 1
    said: dict[str, Any] = {"page": place.page, "pages": pages}
    if following < pages:
        said["next"] = address(place.job, following)
        sentence = f"Page {following} of {pages}. The next page: {said['next']}"
    else:
        sentence = f"Page {following} of {pages}, the last one."
    note = {"uri": f"{here}#next", "mimeType": "text/plain", "text": sentence}
    return [{"uri": here, **body, "_meta": {META: said}}, note]
