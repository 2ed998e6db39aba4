"""The page that mints a token for a person: first who, then what; shown once, in that answer."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts import services
from accounts.address import public_base
from accounts.errors import MadeAlready
from accounts.forms import MintForm
from accounts.models import IssuedToken, User
from accounts.oauth.directory import directory
from accounts.services import Minted
from monitoring import asked

WIDGETS: dict[str, type[forms.Widget]] = {
    "name": UnfoldAdminTextInputWidget,
    "server": UnfoldAdminSelectWidget,
    "scopes": UnfoldAdminCheckboxSelectMultipleWidget,
    "days": UnfoldAdminSelectWidget,
}


class PersonSelect(AutocompleteSelect):
    """A person to be searched for; while there is none it says so, which is also its name to hear."""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        """Add the words, which Django leaves empty."""
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        return {**attrs, "data-placeholder": "Choose a person"}


class WhoForm(forms.Form):
    """For whom."""

    user = forms.ModelChoiceField(
        queryset=User.objects.filter(is_active=True),
        label="Person",
        help_text="The token acts as this person, on one server.",
        widget=PersonSelect(IssuedToken._meta.get_field("user"), admin.site),
    )


@never_cache
@sensitive_variables("minted")
def mint_page(request: HttpRequest, page: Any) -> HttpResponse:
    """Ask for whom, then what; on POST mint it and show it in this answer alone.

    Not redirected after the POST: the token would have to be kept somewhere in plain text.
    """
    if not page.has_add_permission(request):
        raise PermissionDenied
    chosen = asked.key(request.GET.get("user", ""))
    who = WhoForm(None if chosen is None else request.GET)
    if not who.is_valid():
        return _answer(
            page, request, title="Mint a token", form=who, method="get", submit_words="Go on"
        )
    user: User = who.cleaned_data["user"]
    form = _order(request, user)
    try:
        minted = _mint(page, request, user, form) if form.is_valid() else None
    except MadeAlready as told:
        messages.warning(request, str(told))
        return redirect(request.get_full_path())
    if minted is not None:
        url = f"{public_base(request)}{form.chosen.path}"
        return _answer(page, request, title="A new token", minted=minted, url=url, user=user)
    return _answer(
        page,
        request,
        title=f"Mint a token for {user.username}",
        form=form,
        submit_words="Mint the token",
        lead=""
        if form.servers
        else f"{user.username} may use no server yet. Put them into a"
        " server's team, or add an access rule.",
    )


def _order(request: HttpRequest, user: User) -> MintForm:
    """Return the form people mint their own tokens with, in the admin's dress."""
    form = MintForm(request.POST or None, servers=directory().servers_for(user))
    for name, widget in WIDGETS.items():
        field = form.fields[name]
        choices = getattr(field, "choices", None)
        field.widget = widget()
        if choices is not None:
            field.choices = choices  # type: ignore[attr-defined]
    return form


@sensitive_variables()
def _mint(page: Any, request: Any, user: User, form: MintForm) -> Minted | None:
    """Mint what a valid form orders, or tell in the form why not. Raises MadeAlready."""
    order = form.cleaned_data
    try:
        return services.mint_token(
            actor=request.user,
            user=user,
            server=form.chosen,
            name=order["name"],
            scopes=order["scopes"],
            days=order["days"],
            origin=IssuedToken.Origin.ADMIN,
            once=order["once"],
        )
    except MadeAlready:
        raise
    except page.refusals as refused:
        form.add_error(None, str(refused))
        return None


def _answer(page: Any, request: HttpRequest, **context: Any) -> HttpResponse:
    """Return a page of the flow."""
    form = context.get("form")
    template = "admin/accounts/minted.html" if "minted" in context else "admin/hub/form.html"
    around = {**page.admin_site.each_context(request), "opts": page.opts, "method": "post"}
    wrong = form is not None and form.errors and request.method == "POST"
    return TemplateResponse(request, template, {**around, **context}, status=422 if wrong else 200)
