"""The hub's own settings and one app more, which gives it an internet that tests have: a server on loopback.

Only where the documents of clients are fetched from is changed: every name is at the port of
TEST_INTERNET, whose certificates the file of TEST_AUTHORITY vouches for. What the hub makes of an
address and of an answer stays as it is.
"""

import os
import ssl

from django.apps import AppConfig

from mcphub.settings import *  # noqa: F403
from mcphub.settings import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "tests.clients.logins.internet.Internet"]


class Internet(AppConfig):
    """The app."""

    name = "tests.clients.logins"
    label = "internet"

    def ready(self) -> None:
        """Put the other fetcher in its place, once there are models."""
        from accounts.oauth import client_documents  # noqa: PLC0415
        from accounts.outbound.fetch import Fetched, Fetcher, Limits  # noqa: PLC0415

        port = int(os.environ["TEST_INTERNET"])

        class Inward(Fetcher):
            def get(self, address: str) -> Fetched:
                host = address.removeprefix("https://").partition("/")[0]
                return super().get(address.replace(host, f"{host}:{port}", 1))

        fetcher = Inward(
            Limits(ports=frozenset({port})),
            resolve=lambda *asked: ["127.0.0.1"],
            trust=ssl.create_default_context(cafile=os.environ["TEST_AUTHORITY"]),
            public=lambda place: True,
        )
        client_documents.documents = client_documents.ClientDocuments(fetcher)
