"""The load of a drill: clients that begin jobs at a steady rate, and calls that need no job all the while.

A job counts as accepted only when the answer with its task came. What got no answer is unknown; what got
an error is refused.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.drill import client
from tests.drill.parts import Site

RATE = 1.0
"""Jobs a second: about a third of what the worker can do, the rest is for what had to wait."""
SHORTEST, LONGEST = 0.2, 2.0
PLAIN_RATE = 8.0
THREADS = 48


@dataclass
class Started:
    """A job that a client wanted."""

    key: str
    tool: str
    seconds: float
    asked_at: float
    outcome: str = ""
    task: str = ""
    told: str = ""


@dataclass
class Plain:
    """A call that needed no job."""

    at: float
    seconds: float
    fault: str


@dataclass
class Load:
    """What clients do until they are told to stop."""

    site: Site
    token: str
    dice: random.Random
    started: list[Started] = field(default_factory=list)
    plain: list[Plain] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Prepare the threads."""
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(THREADS)
        self._threads = [
            threading.Thread(target=self._every, args=(1 / RATE, self._start)),
            threading.Thread(target=self._every, args=(1 / PLAIN_RATE, self._call)),
        ]

    def begin(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Ask nothing more, and wait for what was asked."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()

    def _every(self, seconds: float, act: Callable[[int], None]) -> None:
        number = 0
        due = time.monotonic()
        while not self._over.is_set():
            self._pool.submit(act, number)
            number, due = number + 1, due + seconds
            self._over.wait(max(0.0, due - time.monotonic()))

    def _start(self, number: int) -> None:
        """Begin a job, with the first hub that takes the request."""
        tool = self.dice.choice(("again", "once"))
        seconds = round(self.dice.uniform(SHORTEST, LONGEST), 2)
        wish = Started(f"{number}-{tool}", tool, seconds, time.time())
        arguments = {"key": wish.key, "seconds": seconds}
        self.started.append(wish)
        try:
            answer = self._ask(number, "tools/call", {"name": tool, "arguments": arguments})
        except client.Unreached:
            wish.outcome = "unreached"
        except client.FAULTS as error:
            wish.outcome, wish.told = "unknown", repr(error)
        else:
            wish.task = str(answer.result.get("taskId", ""))
            wish.outcome = "accepted" if wish.task else "refused"
            wish.told = "" if wish.task else str(answer.message)[:300]

    def _call(self, number: int) -> None:
        """Call a tool that needs no job."""
        at, fault = time.time(), ""
        params: dict[str, Any] = {"name": "plain", "arguments": {}}
        try:
            answer = self._ask(number, "tools/call", params)
            fault = "" if answer.result.get("content") else str(answer.message)[:200]
        except (client.Unreached, *client.FAULTS) as error:
            fault = repr(error)
        self.plain.append(Plain(at, time.time() - at, fault))

    def _ask(self, number: int, method: str, params: dict[str, Any]) -> client.Answer:
        """Ask the one hub, or the other if the one takes no request."""
        for port in (self.site.ports[number % 2], self.site.ports[(number + 1) % 2]):
            try:
                return client.ask(port, self.token, method, params)
            except client.Unreached:
                continue
        raise client.Unreached
