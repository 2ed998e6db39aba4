"""The buttons that decide on one version, on its own page and on its entry's."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from catalog import services
from catalog.models import EntryVersion
from catalog.permissions import Permission, may_for

VERBS: dict[str, tuple[Callable[..., object], str]] = {
    "approve": (services.approve_version, "{} is served now."),
    "decline": (services.decline_version, "{} is declined. What was served stays."),
    "roll-back": (services.roll_back, "{} is served again."),
}
"""The word in the address, to the service and to what is told afterwards."""
BUTTONS = {
    EntryVersion.State.WAITING: (("approve", "Approve"), ("decline", "Decline")),
    EntryVersion.State.DECLINED: (("approve", "Approve after all"),),
    EntryVersion.State.SUPERSEDED: (("roll-back", "Roll back to this"),),
}
"""What can be decided on a version, by where it stands."""
FORTH = "Serve this again"


def decide(page: Any, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Decide, and lead back to the version, or to its entry where the button stood there."""
    if verb not in VERBS:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    version = EntryVersion.objects.select_related("entry__source__team").filter(pk=pk).first()
    if version is None or not may_decide(request, version):
        raise PermissionDenied  # one answer for both: it tells nobody what is there
    service, words = VERBS[verb]
    if page.attempt(request, lambda: service(actor=request.user, version=version)):
        messages.success(request, words.format(f"{version.entry} version {version.number}"))
    if "to_entry" in request.POST:
        return redirect(
            reverse(f"admin:catalog_{version.entry.kind}_change", args=[version.entry_id])
        )
    return redirect(reverse("admin:catalog_entryversion_change", args=[version.pk]))


def may_decide(request: Any, version: EntryVersion) -> bool:
    """Tell whether the reader may decide on a version."""
    return may_for(request.user, Permission.CHANGE_ENTRY, version.entry.source.team)


def buttons(version: EntryVersion) -> list[dict[str, str]]:
    """Return the buttons of a version: where each posts to, and its words.

    What is newer than what is served is no step back, but is served by the same service.
    """
    current = version.entry.current
    newer = current is not None and version.number > current.number
    return [
        {
            "url": reverse("admin:catalog_entryversion_decide", args=[version.pk, verb]),
            "verb": verb,
            "words": FORTH if newer and verb == "roll-back" else words,
        }
        for verb, words in BUTTONS.get(EntryVersion.State(version.state), ())
    ]
