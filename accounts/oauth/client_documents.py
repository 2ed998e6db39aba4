"""Clients known by the document at their id (Client ID Metadata Document)."""

from urllib.parse import urlsplit

from django.conf import settings

from accounts.selectors import client_policy


def documents_enabled() -> bool:
    """Tell whether clients are known by their documents: on a public https address, if an admin
    did not switch it off. Real clients change what they do the moment this is advertised.
    """
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    loopback = host in {name.strip("[]") for name in settings.LOOPBACK_NAMES}
    public = settings.PUBLIC_URL_GIVEN and settings.SECURE and not loopback
    return bool(public and client_policy().client_documents)
