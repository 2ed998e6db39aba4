"""/me/sessions/end/: log out everywhere."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.forms import EndingForm
from accounts.views.signed_in import SignedIn


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_sessions(request: SignedIn) -> HttpResponse:
    """Ask first; on POST end every browser session of mine, this one too."""
    form = EndingForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "accounts/end_sessions.html", {"form": form})
    tokens_too = form.cleaned_data["tokens_too"]
    ended = services.end_sessions(actor=request.user, user=request.user, tokens_too=tokens_too)
    logout(request)
    told = "You are logged out everywhere."
    messages.success(request, f"{told} Ended with it: {ended}." if ended else told)
    return redirect("accounts:login")
