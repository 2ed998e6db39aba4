"""Health and metrics for any Host header: machines ask by address, not by name.

Placed first, this answers before anything looks at the host, the session or the user.
"""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from monitoring.urls import urlpatterns

VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    f"/{each.pattern}": each.callback for each in urlpatterns
}

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class HealthMiddleware:
    """Answers the addresses that machines ask, leaves the rest alone."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self._get_response = get_response
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer, or pass on; an awaitable exactly when the next in line gives one."""
        view = VIEWS.get(request.path_info)
        if view is None:
            return self._get_response(request)
        return sync_to_async(view)(request) if self._async else view(request)
