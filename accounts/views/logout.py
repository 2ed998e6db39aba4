"""/logout/: POST logs out; GET shows the button, since a link must not log anybody out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.address import client_address
from accounts.models import User
from accounts.services.trailing import LOGGED_OUT, trail_session


class Logout(LogoutView):
    """Django's log out, with a page for those who come by address."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the button."""
        return render(request, "accounts/logout.html")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Log out, and say so on the page that comes next."""
        if isinstance(request.user, User):
            trail_session(request.user, LOGGED_OUT, client_address(request))
        response = super().post(request, *args, **kwargs)
        messages.success(request, "You are logged out.")
        return response
