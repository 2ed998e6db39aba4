"""The pages that add a client by hand, or renew its secret, which is shown once, in that answer."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from accounts import services
from accounts.address import public_base
from accounts.admin.client_forms import NewClientForm
from accounts.models import OAuthClient
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
    if made is not None:
        return _shown(page, request, made, "A new client")
    return _asked(
        page,
        request,
        form,
        title="Add a client",
        lead="For programs that do not register themselves, or may not. People still decide for"
        " themselves what to allow it.",
        submit_words="Add the client",
    )


@never_cache
def secret_page(request: Any, page: Any, object_id: str) -> HttpResponse:
    """Ask first; on POST make a new secret and show it in this answer alone."""
    client: OAuthClient | None = page.get_object(request, object_id)
    if client is None:
        return page._get_obj_does_not_exist_redirect(  # type: ignore[no-any-return]
            request, page.opts, object_id
        )
    if not page.has_secret_permission(request, object_id):
        raise PermissionDenied
    if request.method == "POST":
        return _renewed(page, request, client)
    return _asked(
        page,
        request,
        forms.Form(),
        title=f"New secret for {client}",
        lead="The one it has is refused from then on, so put the new one where it runs at once."
        " What people allowed it stays.",
        submit_words="Make a new secret",
        back=reverse("admin:accounts_oauthclient_change", args=[client.pk]),
    )


@sensitive_variables("made")
def _renewed(page: Any, request: Any, client: OAuthClient) -> HttpResponse:
    """Make a new secret and show it; if the service refuses, say why on the client's page."""
    made: list[NewClient] = []
    if page.attempt(
        request, lambda: made.append(services.renew_secret(actor=request.user, client=client))
    ):
        return _shown(page, request, made[0], f"A new secret for {client}")
    return HttpResponseRedirect(reverse("admin:accounts_oauthclient_change", args=[client.pk]))


@sensitive_variables()
def _shown(page: Any, request: HttpRequest, made: NewClient, title: str) -> HttpResponse:
    """Return the page that shows a client's secret once."""
    around = {**page.admin_site.each_context(request), "opts": page.opts}
    shown = {"title": title, "made": made, "issuer": public_base(request)}
    return TemplateResponse(request, "admin/accounts/added.html", {**around, **shown})


def _asked(page: Any, request: HttpRequest, form: forms.Form, **words: str) -> HttpResponse:
    """Return the page that asks."""
    around = {**page.admin_site.each_context(request), "opts": page.opts, "form": form}
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
