"""What holds for every page: whose forwarding headers are believed, and what browsers may load."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from accounts.address import is_proxy
from accounts.content_policy import STRICT, header

ADMIN = "/admin/"
# django-unfold's pages are Alpine expressions, which are compiled, and style attributes.
FOR_ADMIN = {
    **STRICT,
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
}


STRICT_HEADER, ADMIN_HEADER = header(STRICT), header(FOR_ADMIN)


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
