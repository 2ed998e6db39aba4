"""The page that adds a client by hand; what it needs to know is shown once, in that answer."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from accounts import services
from accounts.address import public_base
from accounts.admin.client_forms import NewClientForm
from accounts.oauth.registration import ClientMetadata
from accounts.services import NewClient


@never_cache
@sensitive_variables("made")
def add_page(request: HttpRequest, page: Any) -> HttpResponse:
    """Ask what the client is; on POST add it, and show its id and secret in this answer alone.

    Not redirected after the POST: the secret would have to be kept somewhere in plain text.
    """
    if not page.has_add_permission(request):
        raise PermissionDenied
    form = NewClientForm(request.POST or None)
    made = _add(page, request, form) if form.is_valid() else None
    around = {**page.admin_site.each_context(request), "opts": page.opts, "form": form}
    if made is not None:
        shown = {"title": "A new client", "made": made, "issuer": public_base(request)}
        return TemplateResponse(request, "admin/accounts/added.html", {**around, **shown})
    words = {
        "title": "Add a client",
        "lead": "For programs that do not register themselves, or may not. People still decide for"
        " themselves what to allow it.",
        "submit_words": "Add the client",
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "admin/hub/form.html", {**around, **words}, status=status)


@sensitive_variables()
def _add(page: Any, request: Any, form: NewClientForm) -> NewClient | None:
    """Add what a valid form orders, or tell in the form why not."""
    try:
        metadata = ClientMetadata(**form.cleaned_data)
        return services.add_client(actor=request.user, metadata=metadata)
    except page.refusals as refused:
        form.add_error(None, str(refused))
        return None
