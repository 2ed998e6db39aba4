"""/ask/<id>/: ask for access to a server that I may find but not use."""

import uuid

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.views.signed_in import SignedIn
from servers import services
from servers.browsing import findable, usable_slug
from servers.errors import ServersError
from servers.models import AccessRequest, Server

LONGEST_REASON = AccessRequest._meta.get_field("reason").max_length


class AskForm(forms.Form):
    """Why, if one likes to say."""

    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label="What for? (optional)",
        help_text="An admin reads this and decides.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SignedIn, public_id: uuid.UUID) -> HttpResponse:
    """Show the server and what became of asking; on POST ask."""
    found = findable(request.user, public_id=public_id)
    if found is None:
        return _usable(request, public_id)
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _asked(request, found.server, form):
        return redirect("servers:ask", public_id)
    context = {"found": found, "form": form}
    return render(request, "servers/ask.html", context, status=422 if form.errors else 200)


def _asked(request: SignedIn, server: Server, form: AskForm) -> bool:
    """Ask; or tell in the form why not."""
    try:
        services.ask_for_access(
            actor=request.user, server=server, reason=form.cleaned_data["reason"]
        )
    except ServersError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, "You have asked. An admin decides; you find the answer here.")
    return True


def _usable(request: SignedIn, public_id: uuid.UUID) -> HttpResponse:
    """Lead to a server that I may use by now; what I may neither use nor find is not there."""
    slug = usable_slug(request.user, public_id)
    if not slug:
        raise Http404
    return redirect("servers:connect", slug)
