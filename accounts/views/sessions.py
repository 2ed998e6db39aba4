"""/me/sessions/end/: log out everywhere."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.forms import EndingForm
from accounts.selectors import sessions_ended
from accounts.views.signed_in import SignedIn

SALT = "mcphub.sessions.end"
SECONDS = 600
"""How long after it was shown a page that was answered twice is told so."""
DONE = "You are logged out everywhere."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end_sessions(request: SignedIn) -> HttpResponse:
    """Ask first; on POST end every browser session of mine, this one too.

    A button that was pressed twice comes the second time from nobody, and hears what the first did.
    """
    if not request.user.is_authenticated and _ended(request.POST.get("mark", "")):
        messages.success(request, DONE)
        return redirect("accounts:login")
    return _end(request)


@login_required
def _end(request: SignedIn) -> HttpResponse:
    """Show the page, or end them."""
    form = EndingForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        mark = signing.dumps([request.user.pk, request.user.session_epoch], salt=SALT)
        return render(request, "accounts/end_sessions.html", {"form": form, "mark": mark})
    tokens_too = form.cleaned_data["tokens_too"]
    ended = services.end_sessions(actor=request.user, user=request.user, tokens_too=tokens_too)
    logout(request)
    messages.success(request, f"{DONE} Ended with it: {ended}." if ended else DONE)
    return redirect("accounts:login")


def _ended(mark: str) -> bool:
    """Tell whether the sessions there were when a page was shown have ended since."""
    try:
        user, epoch = signing.loads(mark, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return False
    return sessions_ended(user, epoch)
