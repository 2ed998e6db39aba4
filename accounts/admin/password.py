"""The page that gives a person a new password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts import services
from accounts.models import User


class PasswordForm(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        strip=False,
        label="New password",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        strip=False,
        label="The same again",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        order: dict[str, Any] = super().clean() or {}
        if "again" in order and order.get("password") != order["again"]:
            self.add_error("again", "The two differ.")
        return order


@sensitive_post_parameters()
def password_page(request: HttpRequest, page: Any, object_id: str) -> HttpResponse:
    """Ask for a password; on POST set it, which ends the person's sessions."""
    user: User | None = page.get_object(request, object_id)
    if not page.has_change_permission(request, user):
        raise PermissionDenied
    if user is None:
        return page._get_obj_does_not_exist_redirect(  # type: ignore[no-any-return]
            request, page.opts, object_id
        )
    form = PasswordForm(request.POST or None)
    if form.is_valid() and _set(page, request, user, form):
        messages.success(request, f"{user.username} logs in with the new password from now on.")
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))
    context = {
        **page.admin_site.each_context(request),
        "title": f"New password for {user.username}",
        "lead": "Their sessions end; their tokens go on working. Hand it over on a safe way.",
        "opts": page.opts,
        "form": form,
        "submit_words": "Set the password",
        "back": reverse("admin:accounts_user_change", args=[user.pk]),
    }
    return TemplateResponse(
        request, "admin/hub/form.html", context, status=422 if form.errors else 200
    )


def _set(page: Any, request: Any, user: User, form: PasswordForm) -> bool:
    """Set the password, or tell in the form why not."""
    try:
        services.set_password(actor=request.user, user=user, password=form.cleaned_data["password"])
    except page.refusals as refused:
        form.add_error("password", str(refused))
        return False
    return True
