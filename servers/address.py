"""The address people reach the hub at, as pages show it."""

from django.conf import settings
from django.http import HttpRequest


def public_base(request: HttpRequest) -> str:
    """Return the hub's address without a slash at the end.

    Without MCPHUB_PUBLIC_URL it is the one the page was asked for by: Django has checked that it
    is one of the loopback names, and people copy what works for them.
    """
    if settings.PUBLIC_URL_GIVEN:
        return str(settings.PUBLIC_URL)
    return f"{request.scheme}://{request.get_host()}"
