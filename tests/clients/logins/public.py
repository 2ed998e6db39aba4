"""A hub under a public name behind TLS, and an internet where the documents of clients stand."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import front
from tests.clients.logins import hubs
from tests.clients.logins.played import Inward, Played
from tests.front import Front
from tests.live import LiveHub
from tests.person import Person
from tests.tls import Certified, Server, certified, said, serving

NAME = "hub.example"


@dataclass
class Public:
    """The hub, its front, the internet, and people and clients who come by the public name."""

    hub: LiveHub
    proxy: Front
    internet: Server
    made: Certified
    authority: Path
    """The certificate that who comes by the public name has to trust."""

    @property
    def resource(self) -> str:
        """The address of the server that they connect to."""
        return f"{self.proxy.address}/mcp/{hubs.SLUG}"

    def client(self, redirect_uri: str) -> Played:
        """A client that is played."""
        return Played(self.resource, redirect_uri, self.made.trust)

    def person(self) -> Person:
        """The admin at a browser."""
        return Person(self.proxy.address, "admin", hubs.PASSWORD, Inward(self.made.trust))

    def publish(self, document: dict[str, Any]) -> None:
        """Let the document of a client stand at its id."""
        path = "/" + document["client_id"].removeprefix("https://").partition("/")[2]
        self.internet.scripts[path] = said(json.dumps(document).encode())


@contextlib.contextmanager
def standing(prepared: Path, folder: Path, *domains: str) -> Iterator[Public]:
    """Start it all; `domains` are those that have documents."""
    made = certified(folder, (NAME,))
    own, theirs = folder / "hub.pem", folder / "internet.pem"
    own.write_text(made.authority)
    with serving(*domains) as internet, front.standing(NAME, made.shown) as proxy:
        theirs.write_text(internet.authority)
        environ = {
            "MCPHUB_PUBLIC_URL": proxy.address,
            "MCPHUB_TRUSTED_PROXIES": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "tests.clients.logins.internet",
            "TEST_INTERNET": str(internet.port),
            "TEST_AUTHORITY": str(theirs),
        }
        for hub in hubs.running(prepared, folder / "data", "uvicorn", **environ):
            proxy.leads_to([hub.port])
            yield Public(hub, proxy, internet, made, own)
