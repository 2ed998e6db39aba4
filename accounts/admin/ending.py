"""The pages that end all connections of a client, of a person, to a server, or of everybody.

Each is at /admin/accounts/consent/end/; the pages of clients, people and servers lead there.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldBooleanWidget

from accounts import services
from accounts.models import Consent, IssuedToken, OAuthClient, User
from accounts.oauth.directory import directory
from accounts.permissions import Permission
from monitoring.admin.confirming import Act, ask_and_act
from monitoring.admin.deleting import ConfirmForm

EVERYTHING = "everything"
ASK_AGAIN = "Clients are refused at once, on every process, and what they are doing is stopped."
LEFT = "Nobody is blocked: a client may ask its person again, who may allow it again."


class EndingForm(ConfirmForm):
    """The name typed again, and whether tokens made by hand end too."""

    tokens_too = forms.BooleanField(
        required=False,
        initial=True,
        label="Also end tokens",
        help_text="Those made under My tokens, in the admin or by mint_token: scripts that use"
        " them stop.",
        widget=UnfoldBooleanWidget,
    )


def end_url(what: str, public_id: uuid.UUID) -> str:
    """Return the page that ends all connections of a "client", a "person" or a "server"."""
    return reverse("admin:accounts_consent_end", args=[what, public_id])


def end_page(page: Any, request: HttpRequest, what: str, public_id: uuid.UUID) -> HttpResponse:
    """Ask, and end all connections of one client or person, or to one server."""
    _check(request)
    act = ACTS[what](request, public_id) if what in ACTS else None
    if act is None:
        return page._get_obj_does_not_exist_redirect(  # type: ignore[no-any-return]
            request, page.opts, str(public_id)
        )
    return ask_and_act(page, request, act)


def everything_page(page: Any, request: Any) -> HttpResponse:
    """Ask, and end every connection of everybody."""
    _check(request)

    def do(form: Any) -> str:
        ended = services.revoke_everything(
            actor=request.user, tokens_too=_tokens_too(request, form)
        )
        return f"Ended: {ended}."

    act = Act(
        title="End everything",
        lead="End every connection of every person, with every client, on every server?",
        what_goes=[_number(Consent.objects.count()), ASK_AGAIN, LEFT],
        typed=EVERYTHING,
        word="End everything",
        back=reverse("admin:accounts_consent_changelist"),
        do=do,
        form=_form(request),
    )
    return ask_and_act(page, request, act)


def lead_to(what: str, public_id: uuid.UUID) -> HttpResponse:
    """Lead from a row's own page to the one that ends all its connections."""
    return HttpResponseRedirect(end_url(what, public_id))


def may_end(request: Any) -> bool:
    """Tell whether somebody may end connections, for the buttons that lead here."""
    return bool(request.user.has_perm(Permission.DELETE_CONSENT))


def _client(request: Any, public_id: uuid.UUID) -> Act | None:
    client = OAuthClient.objects.filter(public_id=public_id).first()
    if client is None:
        return None

    def do(_form: Any) -> str:
        ended = services.revoke_client(actor=request.user, client=client)
        return f"Ended for “{client}”: {ended}."

    held = Consent.objects.filter(client=client).count()
    return Act(
        title=f"End all connections of {client}",
        lead=f"End what anybody let {client} do, on every server?",
        what_goes=[_number(held), ASK_AGAIN, "It may ask again: to keep it out, block it."],
        typed=str(client),
        word="End connections",
        back=reverse("admin:accounts_oauthclient_change", args=[client.pk]),
        do=do,
    )


def _person(request: Any, public_id: uuid.UUID) -> Act | None:
    user = User.objects.filter(public_id=public_id).first()
    if user is None:
        return None

    def do(form: Any) -> str:
        tokens_too = _tokens_too(request, form)
        ended = services.revoke_person(actor=request.user, user=user, tokens_too=tokens_too)
        return f"Ended for {user.username}: {ended}."

    return Act(
        title=f"End all connections of {user.username}",
        lead=f"End what {user.username} let clients do, on every server?",
        what_goes=[
            _number(user.consents.count()),
            ASK_AGAIN,
            f"{user.username} stays logged in and may allow clients again.",
        ],
        typed=user.username,
        word="End connections",
        back=reverse("admin:accounts_user_change", args=[user.pk]),
        do=do,
        form=_form(request),
    )


def _server(request: Any, public_id: uuid.UUID) -> Act | None:
    server = directory().by_public_ids([public_id]).get(public_id)
    if server is None:
        return None

    def do(form: Any) -> str:
        tokens_too = _tokens_too(request, form)
        ended = services.revoke_server(actor=request.user, server=server, tokens_too=tokens_too)
        return f"Ended on {server.title}: {ended}."

    return Act(
        title=f"End all connections to {server.title}",
        lead=f"End what anybody let clients do on {server.title}?",
        what_goes=[_number(Consent.objects.filter(server=public_id).count()), ASK_AGAIN, LEFT],
        typed=server.slug,
        word="End connections",
        back=reverse("admin:accounts_consent_changelist"),
        do=do,
        form=_form(request),
    )


ACTS: dict[str, Callable[[Any, uuid.UUID], Act | None]] = {
    "client": _client,
    "person": _person,
    "server": _server,
}


def _check(request: Any) -> None:
    if not may_end(request):
        raise PermissionDenied


def _form(request: Any) -> type[ConfirmForm]:
    """Return the form with the tick, for those alone who may end tokens."""
    return EndingForm if request.user.has_perm(Permission.DELETE_TOKEN) else ConfirmForm


def _tokens_too(request: Any, form: Any) -> bool:
    return bool(form.cleaned_data.get("tokens_too", False))


def _number(connections: int) -> str:
    tokens = IssuedToken._meta.verbose_name_plural
    if not connections:
        return f"There is no connection now; {tokens} may still be there."
    return f"{connections:,} connection{'s' if connections != 1 else ''} end{'s' * (connections == 1)}."
