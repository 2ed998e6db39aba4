"""How long each page takes, as a superuser sees it: one process, no browser."""

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client

from accounts.models import User
from tests.scale.addresses import addresses

MOST_MS = 300.0
SLOW_MS = 20.0
"""A statement that takes longer is told."""
LOOKS = 3


@dataclass(frozen=True, slots=True)
class Look:
    """One page: the quickest of its looks, since a machine is seldom idle, and what its queries took.

    `cpu_ms` is of this process alone; `database_ms` of all statements of one look.
    """

    address: str
    status: int
    wall_ms: float
    cpu_ms: float
    queries: int
    database_ms: float
    slow: tuple[tuple[float, str], ...] = ()

    @property
    def good(self) -> bool:
        """Whether it came, and in time."""
        return self.status == 200 and self.wall_ms < MOST_MS


def looks(only: str = "") -> list[Look]:
    """Look at every page whose address has one of these texts in it, which commas part."""
    user, _ = User.objects.get_or_create(
        username="scale-admin", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client()
    client.force_login(user)
    chosen = [address for address in addresses(user) if _asked(only, address)]
    return [_look(client, address) for address in chosen if not _unknown(client, address)]


def _asked(only: str, address: str) -> bool:
    return any(text in address for text in only.split(","))


def _unknown(client: Client, address: str) -> bool:
    """Tell whether a list does not know what it is asked: it then leads back to itself."""
    answer = client.get(address)
    return answer.status_code == 302 and answer["Location"].endswith("?e=1")


def _look(client: Client, address: str) -> Look:
    """Look some times; keep the quickest, and its statements."""
    taken = [_once(client, address) for _ in range(LOOKS)]
    return Look(
        address,
        taken[0].status,
        min(each.wall_ms for each in taken),
        min(each.cpu_ms for each in taken),
        max(each.queries for each in taken),
        min(each.database_ms for each in taken),
        min(taken, key=lambda each: each.database_ms).slow,
    )


def _once(client: Client, address: str) -> Look:
    asked: list[tuple[float, str]] = []

    def timed(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, *rest)
        finally:
            asked.append(((time.perf_counter() - begun) * 1000, sql))

    begun, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(timed):
        status = client.get(address).status_code
    wall, used = time.perf_counter() - begun, time.process_time() - cpu
    slow = tuple(each for each in asked if each[0] >= SLOW_MS)
    took = sum(milliseconds for milliseconds, _ in asked)
    return Look(address, status, wall * 1000, used * 1000, len(asked), took, slow)
