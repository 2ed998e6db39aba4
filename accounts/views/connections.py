"""/me/connections/: the clients I allowed, and how I take that back."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import services
from accounts.address import client_address
from accounts.attempt_selectors import troubles_of
from accounts.connections import connection_of, connections_of, facts_of, own_tokens
from accounts.forms import EndingForm
from accounts.views.signed_in import SignedIn
from accounts.words import every_word


@never_cache
@login_required
@require_safe
def connections(request: SignedIn) -> HttpResponse:
    """List the clients I allowed, those used last first, and those that did not get in."""
    services.write_noted()
    context = {
        "connections": connections_of(request.user),
        "every_scope": every_word(),
        "troubles": troubles_of(request.user, client_address(request)),
    }
    return render(request, "accounts/connections.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_connection(request: SignedIn, public_id: uuid.UUID) -> HttpResponse:
    """Ask first; on POST end one connection of mine. Somebody else's is not found.

    A button that was pressed twice leads to the list too: what is gone is told like what never was.
    """
    consent = connection_of(request.user, public_id)
    if consent is None and request.method != "POST":
        raise Http404
    if consent is None:
        messages.info(request, "You have no such connection, or no longer.")
        return redirect("accounts:connections")
    if request.method != "POST":
        context = {"connection": facts_of(consent)}
        return render(request, "accounts/revoke_connection.html", context)
    services.revoke_connection(actor=request.user, consent=consent)
    messages.success(request, f"“{consent.client}” is disconnected. It is refused from now on.")
    return redirect("accounts:connections")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_connections(request: SignedIn) -> HttpResponse:
    """Ask first; on POST end all connections of mine, and my tokens if I ticked that."""
    form = EndingForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {
            "form": form,
            "connections": connections_of(request.user),
            "tokens": own_tokens(request.user),
        }
        return render(request, "accounts/revoke_connections.html", context)
    tokens_too = form.cleaned_data["tokens_too"]
    ended = services.revoke_person(actor=request.user, user=request.user, tokens_too=tokens_too)
    messages.success(request, f"Ended: {ended}.")
    return redirect("accounts:connections")
