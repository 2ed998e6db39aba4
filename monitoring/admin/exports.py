"""The answer that hands out a part of the trail as a file."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponseBase, HttpResponseNotAllowed, StreamingHttpResponse
from django.utils import timezone

from monitoring.trail.exporting import FORMS, TYPES, export, record_export
from monitoring.trail.narrowing import narrowed


def download(request: Any, form: str, only: Q | None) -> HttpResponseBase:
    """Return the file; that it was taken is in the trail before its first line is out."""
    if form not in FORMS:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    wanted = narrowed(request.GET.dict(), only=only)
    record_export(actor=request.user, wanted=wanted, form=form)
    name = f"audit-trail-{timezone.now():%Y%m%d-%H%M%S}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(export(wanted, form), content_type=TYPES[form], headers=headers)
