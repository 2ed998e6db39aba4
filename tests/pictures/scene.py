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
from tests.pictures import scene_accounts, scene_clients, scene_drawn, scene_servers  # noqa: E402

NAMES = (
    *("nobody", "one", "three", "thirty", "many", "single"),
    # Each of these does something once that changes what the next picture would show.
    *("asking", "minting", "ending", "leaving", "going", "keeping", "guessing", "fresh"),
)


def main() -> None:
    """Make it all, and print what leads there."""
    people = {name: make.user(name) for name in NAMES}
    people["staff"] = make.user("staff", is_staff=True)
    shelves = scene_servers.made(people)
    clients = scene_clients.made()
    keys = {
        **shelves.keys,
        **scene_clients.keys(clients),
        **scene_accounts.made(people, clients, shelves.servers),
    }
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
