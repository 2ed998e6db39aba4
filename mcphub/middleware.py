"""What holds for every page: who may read it from elsewhere, whose forwarding headers are believed,
what browsers may load, and what is said while the database is away.
"""

import logging
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from accounts.address import is_proxy
from accounts.content_policy import STRICT, header
from accounts.oauth.cross_origin import PREFLIGHT, READABLE
from accounts.oauth.metadata import REGISTER, REVOKE, TOKEN
from monitoring.errors import RETRY_SECONDS, UNAVAILABLE

log = logging.getLogger(__name__)

Answer = HttpResponseBase | Awaitable[HttpResponseBase]

OPEN = frozenset({TOKEN, REGISTER, REVOKE})
"""What clients that run in a browser need, and no cookie opens."""
ADMIN = "/admin/"
ZONE_COOKIE = "mcphub_zone"
# django-unfold's pages are Alpine expressions, which are compiled, and style attributes.
FOR_ADMIN = {
    **STRICT,
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "media-src": "data:",  # sounds that tools return, in the playground
}


STRICT_HEADER, ADMIN_HEADER = header(STRICT), header(FOR_ADMIN)


class CrossOriginMiddleware:
    """Lets pages of any origin use the endpoints in `OPEN`, without cookies (CORS).

    It stands before whatever may refuse a request: a page must be able to read a refusal too.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self._get_response = get_response
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer, or pass on; an awaitable exactly when the next in line gives one."""
        if request.path not in OPEN:
            return self._get_response(request)
        return self._later(request) if self._async else self._now(request)

    def _now(self, request: HttpRequest) -> HttpResponseBase:
        response = _preflight(request) or self._get_response(request)
        assert isinstance(response, HttpResponseBase)
        return _readable(response)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        response = _preflight(request) or self._get_response(request)
        return _readable(response if isinstance(response, HttpResponseBase) else await response)


def _preflight(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a preflight; for a foreign host it raises DisallowedHost, as ever."""
    if request.method != "OPTIONS":
        return None
    request.get_host()
    return HttpResponse(status=204, headers=PREFLIGHT)


def _readable(response: HttpResponseBase) -> HttpResponseBase:
    """Say that any page may read the answer, whatever the view says of single origins."""
    response.headers.pop("Access-Control-Allow-Credentials", None)
    for name, value in READABLE.items():
        response.headers[name] = value
    return response


class ForwardedMiddleware(MiddlewareMixin):
    """Believes X-Forwarded-Proto from MCPHUB_TRUSTED_PROXIES alone: from anybody else it is dropped."""

    def process_request(self, request: HttpRequest) -> None:
        """Drop what a stranger claims."""
        peer = str(request.META.get("REMOTE_ADDR", ""))
        if not is_proxy(peer, settings.TRUSTED_PROXIES):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)


class TimeZoneMiddleware(MiddlewareMixin):
    """Has pages written in the reader's time zone, which static/mcphub/zone.js tells in a cookie."""

    def process_request(self, request: HttpRequest) -> None:
        """Take the zone if there is one of that name, else UTC; never that of the request before."""
        try:
            timezone.activate(ZoneInfo(request.COOKIES.get(ZONE_COOKIE, "")))
        except (ValueError, OSError, ZoneInfoNotFoundError):  # none, a path, a folder, unknown
            timezone.deactivate()


class ContentSecurityPolicyMiddleware(MiddlewareMixin):
    """Sends a strict policy with every page, a little less strict under /admin/.

    Foreign text (names, descriptions, results) is on these pages: what slips through the
    templates' escaping still does not run.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Set the header, unless the view set its own."""
        admin = request.path.startswith(ADMIN)
        policy = ADMIN_HEADER if admin else STRICT_HEADER
        response.headers.setdefault("Content-Security-Policy", policy)
        return response


class UnavailableMiddleware(MiddlewareMixin):
    """Answers 503 with a page where a view ended because the database is away.

    The page is made without the request: who is asking cannot be known now.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say that it passes, if it does."""
        if not isinstance(exception, UNAVAILABLE):
            return None
        log.error("%s could not be served", request.path, exc_info=exception)
        page = render_to_string("errors/503.html")
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
