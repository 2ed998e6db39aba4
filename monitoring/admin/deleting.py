"""The page that asks before a row goes: what goes with it, and its name typed again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget


class ConfirmForm(forms.Form):
    """The name of what is about to go, typed again."""

    name = forms.CharField(
        strip=True,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autofocus": True}),
    )

    def __init__(self, *args: Any, expected: str) -> None:
        """Keep the name that must be typed."""
        super().__init__(*args)
        self.expected = expected

    def clean_name(self) -> str:
        """Raise ValidationError unless it is the name, blanks at the ends aside."""
        typed: str = self.cleaned_data["name"]
        if typed != self.expected.strip():
            raise forms.ValidationError("That is not the name. Type it as it is shown.")
        return typed


def ask_and_delete(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask, and once the name is typed let the page's service delete; `page` is a ServiceAdmin."""
    row = page.get_object(request, unquote(object_id))
    if not page.has_delete_permission(request, row):  # first: it tells nobody else what is there
        raise PermissionDenied
    if row is None:
        return page._get_obj_does_not_exist_redirect(  # type: ignore[no-any-return]
            request, page.opts, object_id
        )
    form = ConfirmForm(request.POST or None, expected=page.name_to_type(row))
    if form.is_valid():
        return _deleted(page, request, row)
    return _asked(page, request, row, form)


def _deleted(page: Any, request: HttpRequest, row: Any) -> HttpResponse:
    """Delete and lead to the list; if the service refuses, back to the row."""
    name, key, opts = str(row), row.pk, page.opts
    if page.attempt(request, lambda: page.delete_model(request, row)):
        messages.success(request, f"“{name}”: {page.delete_word.lower()}d.")
        return HttpResponseRedirect(page.after_delete(request))
    return HttpResponseRedirect(
        reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[key])
    )


def _asked(page: Any, request: HttpRequest, row: Any, form: ConfirmForm) -> HttpResponse:
    """Return the page that asks."""
    context = {
        **page.admin_site.each_context(request),
        "title": f"{page.delete_word} {page.opts.verbose_name}?",
        "opts": page.opts,
        "object": row,
        "name": form.expected,
        "word": page.delete_word,
        "what_goes": page.what_goes(row),
        "form": form,
    }
    request.current_app = page.admin_site.name
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/hub/confirm_delete.html", context, status=status)
