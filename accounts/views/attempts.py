"""/me/connections/attempts/: why a client of mine does not get in, step by step."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import services
from accounts.address import client_address
from accounts.attempt_selectors import attempt_of, attempts_of
from accounts.views.signed_in import SignedIn


@never_cache
@login_required
@require_safe
def attempts(request: SignedIn) -> HttpResponse:
    """List the attempts I may see; what this process has just noted is on it."""
    services.write_noted()
    found = attempts_of(request.user, client_address(request))
    return render(request, "accounts/attempts.html", {"attempts": found})


@never_cache
@login_required
@require_safe
def attempt(request: SignedIn, public_id: uuid.UUID) -> HttpResponse:
    """Show one attempt as a timeline; somebody else's is not found."""
    services.write_noted()
    found = attempt_of(request.user, client_address(request), public_id)
    if found is None:
        raise Http404
    return render(request, "accounts/attempt.html", {"attempt": found})
