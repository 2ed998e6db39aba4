"""What machines ask: metrics and health."""

import hmac
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from monitoring import health
from monitoring import metrics as hub_metrics
from monitoring.addresses import ip_of

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the metrics to this machine and to whoever has the token; others find no page."""
    if not (_has_token(request) or _is_local(request)):
        raise Http404
    return _private(HttpResponse(hub_metrics.render(), content_type=hub_metrics.CONTENT_TYPE))


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Say that the process runs; asks nothing, so an outage elsewhere restarts nobody."""
    return _private(JsonResponse({"status": "ok"}))


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether this process should get requests: 503 for database, migrations and draining."""
    report = health.report()
    probes = {
        name: {"ok": found.ok, "detail": found.detail} for name, found in report.probes.items()
    }
    body = {"status": report.status, "probes": probes}
    return _private(JsonResponse(body, status=200 if report.ready else 503))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _has_token(request: HttpRequest) -> bool:
    expected: str = settings.METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), expected.encode())
    return bool(expected) and scheme.lower() == "bearer" and same


def _is_local(request: HttpRequest) -> bool:
    """Trust loopback only without a proxy: behind one, the whole world comes from loopback.

    And only under a loopback name: a foreign one that resolves to this machine is a web page's trick.
    """
    if _host_name(request) not in _LOOPBACK_NAMES:
        return False
    if settings.TRUSTED_PROXIES or any(name in request.META for name in _FORWARDED):
        return False
    address = ip_of(request.META.get("REMOTE_ADDR", ""))
    return address is not None and address.is_loopback


def _host_name(request: HttpRequest) -> str:
    """Return the name in the Host header, empty if it is none."""
    try:
        return urlsplit(f"//{request.META.get('HTTP_HOST', '')}").hostname or ""
    except ValueError:
        return ""
