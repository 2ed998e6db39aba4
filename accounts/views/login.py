"""/login/: name and password, with a brake on guessing."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from accounts import throttle
from accounts.address import client_address


class Login(LoginView):
    """Django's log in; `next` is followed only within the hub.

    Too many failures for a name from one address answer 429 for a while, right password or not.
    """

    template_name = "accounts/login.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try the name and password, unless there were too many attempts."""
        if not throttle.attempt(self._name(), client_address(request)):
            context = self.get_context_data(form=AuthenticationForm(request), throttled=True)
            headers = {"Retry-After": str(throttle.WINDOW_SECONDS)}
            return self.render_to_response(context, status=429, headers=headers)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let them in, and forget their failures."""
        throttle.forgive(self._name(), client_address(self.request))
        return super().form_valid(form)

    def _name(self) -> str:
        """The name as typed."""
        return self.request.POST.get("username", "")
