"""What holds for every page: who may read it from elsewhere, whose forwarding headers are believed,
and what browsers may load.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from accounts.address import is_proxy
from accounts.oauth.cross_origin import PREFLIGHT, READABLE
from accounts.oauth.metadata import AUTHORIZATION_SERVER, OPENID, REGISTER, REVOKE, TOKEN

OPEN = frozenset({AUTHORIZATION_SERVER, OPENID, TOKEN, REGISTER, REVOKE})
"""What clients that run in a browser need, and no cookie opens."""
ADMIN = "/admin/"
STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
# django-unfold's pages are Alpine expressions, which are compiled, and style attributes.
FOR_ADMIN = {
    **STRICT,
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
}


def _header(policy: dict[str, str]) -> str:
    """Write a policy as the header's value."""
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


STRICT_HEADER, ADMIN_HEADER = _header(STRICT), _header(FOR_ADMIN)


class CrossOriginMiddleware(MiddlewareMixin):
    """Lets pages of any origin use the endpoints in `OPEN`, without cookies (CORS).

    It stands before whatever may refuse a request: a page must be able to read a refusal too.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Answer a preflight; for a foreign host it raises DisallowedHost, as for any request."""
        if request.method != "OPTIONS" or request.path not in OPEN:
            return None
        request.get_host()
        return HttpResponse(status=204, headers=PREFLIGHT)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Say that any page may read the answer, whatever the view says of single origins."""
        if request.path in OPEN:
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
