"""/login/: name and password, with a brake on guessing; it says which client is behind it."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property

from accounts import content_policy, throttle
from accounts.address import client_address
from accounts.errors import Refused
from accounts.models import OAuthClient
from accounts.oauth import engine, steps
from accounts.oauth.answers import PATH, Back, form_target
from accounts.oauth.consent_page import asker_of
from accounts.oauth.parameters import QueryTooLong, read_query
from accounts.services.trailing import LOGGED_IN, trail_refused_login, trail_session
from accounts.views.asking import asking_client
from monitoring.errors import UNAVAILABLE


class Login(LoginView):
    """Django's log in; `next` is followed only within the hub.

    Too many failures for a name from one address answer 429 for a while, right password or not. Where
    `next` is a client's request, the page names the client; of servers it knows nothing yet.
    """

    template_name = "accounts/login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as ever, and let what follows the log in reach the client that waits for it."""
        response = super().dispatch(request, *args, **kwargs)
        if self.asking:
            # Chromium holds every redirect that follows a form against form-action.
            target = form_target(self.asking[1].redirect_uri)
            response["Content-Security-Policy"] = content_policy.with_form_to(target)
            response["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try the name and password, unless there were too many attempts."""
        if not throttle.attempt(self._name(), client_address(request)):
            self._refused("login_limited")
            context = self.get_context_data(form=AuthenticationForm(request), throttled=True)
            headers = {"Retry-After": str(throttle.WINDOW_SECONDS)}
            return self.render_to_response(context, status=429, headers=headers)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let them in, and forget their failures."""
        throttle.forgive(self._name(), client_address(self.request))
        trail_session(form.get_user(), LOGGED_IN, client_address(self.request))
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count the failure, and tell whose name it was if it is somebody's."""
        self._refused("login_refused")
        return super().form_invalid(form)

    def _refused(self, reason: str) -> None:
        """Count a failure, and note it for the connection doctor where a client waits behind the page."""
        trail_refused_login(self._name(), reason, client_address(self.request))
        if self.asking:
            steps.note(self.request, steps.Step.AUTHORIZE, reason, client=self.asking[0])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add who asks."""
        asker = asker_of(self.asking[0]) if self.asking else None
        return super().get_context_data(asker=asker, **kwargs)

    @cached_property
    def asking(self) -> tuple[OAuthClient, Back] | None:
        """The client whose request `next` is, and where it returns; None for any other page."""
        path, _, query = self.get_redirect_url().partition("?")
        if urlsplit(path).path != PATH:
            return None
        try:
            said = read_query(query)
            client = asking_client(self.request, said)
            return client, engine.way_back(client, said)
        except (Refused, QueryTooLong, *UNAVAILABLE):
            return None

    def _name(self) -> str:
        """The name as typed."""
        return self.request.POST.get("username", "")
