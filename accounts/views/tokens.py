"""/me/tokens/: my tokens, and the form that makes one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.address import public_base
from accounts.errors import AccountsError, MadeAlready
from accounts.forms import MintForm
from accounts.models import IssuedToken
from accounts.oauth.directory import directory
from accounts.selectors import tokens_of
from accounts.services import Minted
from accounts.views.signed_in import SignedIn
from accounts.words import every_word


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("minted")
def tokens(request: SignedIn) -> HttpResponse:
    """List my tokens; on POST make one and show it in this answer alone.

    Not redirected after the POST: the token would have to be kept somewhere in plain text for
    the next page. What is sent again, by a double click or a reload, leads back to the list.
    """
    servers, wanted = directory().servers_for(request.user), request.GET.get("server", "")
    form = MintForm(request.POST or None, servers=servers, wanted=wanted)
    try:
        minted = _mint(request, form) if form.is_valid() else None
    except MadeAlready as told:
        messages.warning(request, str(told))
        return redirect("accounts:tokens")
    context = {
        "form": form,
        "minted": minted,
        "url": f"{public_base(request)}{form.chosen.path}" if minted else "",
        "tokens": tokens_of(request.user),
        "every_scope": every_word(),
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/tokens.html", context, status=status)


def _mint(request: SignedIn, form: MintForm) -> Minted | None:
    """Make the token that a valid form orders, or tell in the form why not. Raises MadeAlready."""
    order = form.cleaned_data
    try:
        return services.mint_token(
            actor=request.user,
            user=request.user,
            server=form.chosen,
            name=order["name"],
            scopes=order["scopes"],
            days=order["days"],
            origin=IssuedToken.Origin.SELF,
            once=order["once"],
        )
    except MadeAlready:
        raise
    except AccountsError as error:
        form.add_error(None, str(error))
        return None
