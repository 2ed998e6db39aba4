"""The page that logs a person out of every browser."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse

from accounts import services
from accounts.models import User
from monitoring.admin.confirming import Act, ask_and_act


def sign_out_page(page: Any, request: Any, user: User) -> HttpResponse:
    """Ask, and end all browser sessions of a person."""
    if not page.has_change_permission(request, user):
        raise PermissionDenied

    def do(_form: Any) -> str:
        services.end_sessions(actor=request.user, user=user)
        return f"{user.username} is logged out everywhere."

    act = Act(
        title=f"Log out {user.username}",
        lead=f"Log {user.username} out of every browser?",
        what_goes=[
            "They may log in again with their password; to keep them out, shut them out.",
            "Their connections and tokens go on working: those have a page of their own.",
        ],
        typed=user.username,
        word="Log out",
        back=reverse("admin:accounts_user_change", args=[user.pk]),
        do=do,
    )
    return ask_and_act(page, request, act)
