"""/me/password/: a new password for the one that is known."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import services, throttle
from accounts.errors import AccountsError
from accounts.forms import OwnPasswordForm
from accounts.models import User
from accounts.views.signed_in import SignedIn


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: SignedIn) -> HttpResponse:
    """Ask for the old password and the new one; this browser stays logged in, all others do not.

    Who stole a session may not guess the password with it: too many wrong ones answer 429 for a while,
    wherever they come from.
    """
    asked = request.method == "POST"
    if asked and not throttle.passes(throttle.PASSWORD, str(request.user.pk)):
        answer = _page(request, OwnPasswordForm(request.user), status=429)
        answer.headers["Retry-After"] = str(throttle.PASSWORD.seconds)
        return answer
    form = OwnPasswordForm(request.user, request.POST if asked else None)
    if form.is_valid() and _set(request.user, form):
        update_session_auth_hash(request, form.user)
        messages.success(request, _done(form))
        return redirect("accounts:password")
    if asked and "old_password" not in form.errors:
        throttle.forget(throttle.PASSWORD, str(request.user.pk))
    return _page(request, form, status=422 if form.errors else 200)


def _set(user: User, form: OwnPasswordForm) -> bool:
    """Set the password, or tell in the form why not."""
    order = form.cleaned_data
    try:
        services.set_password(
            actor=user,
            user=user,
            password=order["new_password1"],
            tokens_too=order["tokens_too"],
        )
    except AccountsError as error:
        form.add_error("new_password1", str(error))
        return False
    throttle.forget(throttle.PASSWORD, str(user.pk))
    return True


def _done(form: OwnPasswordForm) -> str:
    """Return what has happened."""
    told = "Your password is changed. Every other browser is logged out."
    if form.cleaned_data["tokens_too"]:
        return f"{told} Your connections and tokens have ended."
    return f"{told} Your connections and tokens go on working."


def _page(request: SignedIn, form: OwnPasswordForm, *, status: int) -> HttpResponse:
    """Return the page."""
    context = {
        "form": form,
        "rules": password_validators_help_texts(),
        "throttled": status == 429,
    }
    return render(request, "accounts/password.html", context, status=status)
