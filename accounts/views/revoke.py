"""/me/tokens/<id>/revoke/: are you sure, and then it is gone."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.oauth.directory import directory
from accounts.selectors import token_of
from accounts.views.signed_in import SignedIn


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: SignedIn, public_id: uuid.UUID) -> HttpResponse:
    """Ask first; on POST revoke my token. Somebody else's is not found.

    A button that was pressed twice leads to the list too: what is gone is told like what never was.
    """
    issued = token_of(request.user, public_id)
    if issued is None and request.method != "POST":
        raise Http404
    if issued is None:
        messages.info(request, "You have no such token, or no longer.")
        return redirect("accounts:tokens")
    if request.method != "POST":
        server = directory().by_public_ids([issued.server]).get(issued.server)
        return render(request, "accounts/revoke.html", {"token": issued, "server": server})
    services.revoke_token(actor=request.user, issued=issued)
    messages.success(request, f"“{issued.name}” is revoked. Clients that use it are refused now.")
    return redirect("accounts:tokens")
