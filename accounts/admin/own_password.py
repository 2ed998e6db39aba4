"""One's own new password, from the admin's user menu; Django's page would save it untold."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse_lazy
from unfold.forms import AdminOwnPasswordChangeForm

from accounts import services
from accounts.models import User


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]
    """The password one has, and the new one twice."""

    def save(self, commit: bool = True) -> User:
        """Hand it to the service; the form has judged it by the rules the service judges by."""
        user: User = self.user
        services.set_password(actor=user, user=user, password=self.cleaned_data["new_password1"])
        return user


def own_password(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
    """Ask for the old and the new password, and set it."""
    view = PasswordChangeView.as_view(
        form_class=OwnPasswordForm,
        template_name="registration/password_change_form.html",
        success_url=reverse_lazy("admin:password_change_done"),
        extra_context=admin.site.each_context(request),
    )
    return view(request, **kwargs)
