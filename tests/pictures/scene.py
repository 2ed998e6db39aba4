"""`python -m tests.pictures.scene`: fill the database of a running hub with what the pages show.

Runs beside the hub with its environment; prints one JSON object: the session of each person, the keys
that paths name, and the pages that are drawn here.
"""

import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "mcphub.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import User  # noqa: E402
from tests import make  # noqa: E402
from tests.pictures import (  # noqa: E402
    scene_accounts,
    scene_calls,
    scene_catalog,
    scene_clients,
    scene_drawn,
    scene_jobs,
    scene_published,
    scene_rest,
    scene_servers,
    scene_shelves,
    scene_trail,
    scene_tried,
    scene_usage,
    scene_why,
)

NAMES = (
    *("nobody", "one", "three", "thirty", "many", "single"),
    # Each of these does something once that changes what the next picture would show.
    *("asking", "minting", "ending", "leaving", "going", "keeping", "guessing", "fresh"),
)

STAFF = ("staff", "curator", "idle")


def main() -> None:
    """Make it all, and print what leads there."""
    people = {name: make.user(name) for name in NAMES}
    people |= {name: make.user(name, is_staff=True) for name in STAFF}
    shelves = scene_servers.made(people)
    scene_why.made(shelves.servers)
    clients = scene_clients.made()
    keys = {
        **shelves.keys,
        **scene_shelves.made(shelves.servers),
        **scene_clients.keys(clients),
        **scene_clients.on_sse(people, shelves.servers),
        **scene_tried.keys(),
        **scene_catalog.made(people),
        **scene_accounts.made(people, clients, shelves.servers),
        **scene_calls.made(people, clients),
        **scene_trail.made(people),
        **scene_jobs.made(people),
    }
    keys |= scene_published.made(people, clients)
    keys |= scene_rest.made()
    scene_usage.made(people)
    people["admin"] = User.objects.get(username="admin")
    scene = {
        "cookie": settings.SESSION_COOKIE_NAME,
        "sessions": {name: _session(person) for name, person in people.items()},
        "keys": keys,
        "drawn": scene_drawn.pages(clients["claimed"]),
    }
    json.dump(scene, sys.stdout)


def _session(person: User) -> str:
    """Return the session of somebody who is logged in."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    main()
