"""Text that would run if a page took it for markup, in every text field of every row there is.

`python -m tests.hostile` fills the database of a running hub with it, and prints the addresses to open.
"""

import json
import os
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain
from typing import Any

MARK = "hostile7"
"""Stands in every payload, so that what was made of it is found."""
PAYLOADS = (
    f"<script>alert('{MARK}')</script><b data-{MARK}>",
    f'"><img src=x onerror=alert("{MARK}")><b data-{MARK}>',
    f"' onfocus=alert('{MARK}') autofocus data-{MARK}='",
    f"{MARK}{{{{7*7}}}}{{% debug %}}${{7*7}}",
    f"javascript:alert('{MARK}')",
    f"{MARK}\u202e\u2066=cmd|' /C calc'!A0",
    f"</textarea></script></style><b data-{MARK}>",
)
WORKED_OUT = f"{MARK}49"
ROOMS = ("monitoring", "accounts", "catalog", "servers")
KEPT = {
    "action", "body", "client_id", "client_secret", "code_challenge", "code_digest", "digest", "heads",
    "key", "key_id", "kind", "mac", "origin", "outcome", "password", "previous", "redirect_hosts",
    "redirect_uri", "redirect_uris", "scopes", "slug", "state", "verdict",
}  # fmt: skip
"""Fields that hold no words: a row with others in them could not be there."""


def poison() -> None:
    """Put a payload into each text field of each row, past all checks."""
    for model in chain.from_iterable(apps.get_app_config(room).get_models() for room in ROOMS):
        if model._meta.proxy or not model._meta.managed:
            continue
        for number, row in enumerate(model._default_manager.order_by("pk")):
            words = dict(_words(model, number))
            if words:
                model._default_manager.filter(pk=row.pk).update(**words)
    for number, definition in enumerate(Definition.objects.all()):
        body = json.dumps(_poisoned(json.loads(definition.body), number))
        Definition.objects.filter(pk=definition.pk).update(body=body)


def _words(model: Any, number: int) -> Iterator[tuple[str, str]]:
    for place, field in enumerate(model._meta.concrete_fields):
        text = isinstance(field, models.CharField | models.TextField)
        if text and not (field.choices or field.name in KEPT or field.primary_key):
            payload = PAYLOADS[(number + place) % len(PAYLOADS)]
            # A field that must differ from row to row keeps room for the number.
            yield field.name, f"{number}{payload}"[: field.max_length or 1000]


def _poisoned(body: Any, number: int) -> Any:
    """Return a definition whose every word is hostile; what says its shape stays."""
    said = {"title": PAYLOADS[number % 2], "description": PAYLOADS[(number + 3) % len(PAYLOADS)]}
    schema = {
        "type": "object",
        "properties": {
            payload: {"type": "string", "description": payload, "enum": [payload]}
            for payload in PAYLOADS
        },
    }
    return {**body, **said, "inputSchema": schema} if "inputSchema" in body else {**body, **said}


class Judge(HTMLParser):
    """Reads a page as a browser does, and says where a payload became more than text."""

    RUNS = ("on", "x-", "@", ":")
    LEADS = ("href", "src", "action", "formaction", "data-refresh")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element's name and attributes."""
        self._inside = tag if tag in ("script", "style") else ""
        if tag == "script" and dict(attrs).get("type") == "application/json":
            self._inside = ""
        for name, value in attrs:
            text = (value or "").strip().lower()
            leads = name in self.LEADS and text.startswith(
                ("javascript:", "data:text", "vbscript:")
            )
            runs = name.startswith(self.RUNS) or name in ("style", "srcdoc")
            if MARK in name or leads or (runs and MARK in text):
                self.found.append(f"<{tag} {name}={text[:80]}>")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Look at what stands in scripts and styles, and for what a template worked out."""
        if (self._inside and MARK in data) or WORKED_OUT in data:
            self.found.append(f"{self._inside or 'text'}: {data[:80]}")


def judged(html: str) -> list[str]:
    """Return where a page took a payload for more than text."""
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge.found


def main() -> None:
    """Fill the hub's database, and print the session and the addresses of its pages."""
    alice = make.user("alice", is_staff=True, is_superuser=True)
    fill(len(PAYLOADS), alice)
    poison()
    session = django.test.Client()
    session.force_login(alice)
    shown = {
        "cookie": settings.SESSION_COOKIE_NAME,
        "session": session.cookies[settings.SESSION_COOKIE_NAME].value,
        "addresses": [address for address in addresses(alice) if "/logout" not in address],
    }
    json.dump(shown, sys.stdout)


def addresses(alice: Any) -> list[str]:
    """Return the address of each page of the admin, of some rows of each model, and of the site's."""
    session = django.test.Client()
    session.force_login(alice)
    found = []
    for door in doors():
        if not door.name.endswith(("logout", "_history", "jsi18n", "view_on_site")):
            found += [door.url(args) for args in _args(door) if not door.name.endswith(POSTED)]
    slugs = Server.objects.values_list("slug", flat=True)[:2]
    site = ["/", "/me/connections/", "/me/tokens/", "/me/connections/attempts/"]
    return [*found, *site, *(f"/connect/{slug}/" for slug in slugs)]


POSTED = ("_export", "_try_token", "_decide", "_answer", "_verify")
"""How the names of addresses end that take a POST alone, and show nothing."""


def _args(door: Any) -> Iterator[dict[str, Any]]:
    """Yield what a door's address takes, for two rows of its model."""
    labels = {f"admin:{m._meta.app_label}_{m._meta.model_name}_": m for m in admin.site._registry}
    model = next((labels[name] for name in labels if door.name.startswith(name)), None)
    rows = list(model._default_manager.order_by("pk")[:2]) if model else []
    followed, client = ServerSource.objects.first(), OAuthClient.objects.first()
    for row in (rows or [None])[: 2 if "object_id" in door.args else 1]:
        yield {
            "object_id": row.pk if row else 0,
            "secret_id": client.pk if client else 0,
            "followed": followed.pk if followed else 0,
            "client_id": "claude-code",
            "app_label": "servers",
            "what": "client",
            "form": "csv",
            "kind": "tool",
            "verb": "approve",
            "said": "grant",
            **_keys(),
            "public_id": client.public_id if client else None,
        }


def _keys() -> dict[str, int]:
    """The keys of rows that addresses of several models take."""
    models = {"pk": Tool, "version": EntryVersion, "source": Source, "request": AccessRequest}
    first = {name: model.objects.order_by("pk").first() for name, model in models.items()}
    return {name: row.pk if row else 0 for name, row in first.items()}


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "mcphub.settings"

import django  # noqa: E402
import django.test  # noqa: E402

if __name__ == "__main__":
    django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib import admin  # noqa: E402
from django.db import models  # noqa: E402

from accounts.models import OAuthClient  # noqa: E402
from catalog.models import Definition, EntryVersion, Source, Tool  # noqa: E402
from servers.models import AccessRequest, Server, ServerSource  # noqa: E402
from tests import make  # noqa: E402
from tests.admin_doors import doors  # noqa: E402
from tests.mcphub.test_admin_pages import fill  # noqa: E402

if __name__ == "__main__":
    main()
