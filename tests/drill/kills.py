"""The kills: at a seeded random moment a part dies by its process id, comes back, and is normal again.

Half of the rounds strike while work runs. Normal is, after the part's return, a call that becomes a job
and is watched: its progress and its result arrive in time.
"""

import math
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.drill import client, ledger
from tests.drill.parts import SLOTS, Part, Site, until

PROBE_SECONDS = 2.0
"""How long a call of a tenth of that may take where all is normal."""
LONG_OUTAGE = 20.0
FIRST_ROUND = 0


@dataclass
class Kill:
    """One kill: which processes died when, when the part was back, and when all was normal."""

    part: str
    number: int
    mid_job: bool
    pids: list[int] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    at: float = 0.0
    back: float = 0.0
    normal: float = 0.0


class Drill:
    """Kills parts of a site."""

    def __init__(self, site: Site, token: str, dice: random.Random) -> None:
        self.site, self.token, self.dice = site, token, dice
        self._probes = 0

    def round(self, part: str, number: int) -> Kill:
        """Kill a part once, and return when it is normal again."""
        kill = Kill(part, number, mid_job=number % 2 == 0)
        time.sleep(self.dice.uniform(0.5, 2.5))
        if kill.mid_job:
            until(lambda: bool(ledger.running(self.site.ledger)), "work that runs")
        KILLS[part](self, kill)
        kill.normal = self._normal(self._ports(kill))
        return kill

    def _ports(self, kill: Kill) -> list[int]:
        """Return the hubs that must be normal again: the one that died, or both."""
        ports = self.site.ports
        return [ports[self._web(kill)]] if kill.part == "web" else ports

    @staticmethod
    def _web(kill: Kill) -> int:
        return (kill.number // 2) % 2

    # --- the kills ---

    def child(self, kill: Kill) -> None:
        """Kill one of the worker's children; the worker itself begins another."""
        before = set(self.site.slots())
        busy = [line.pid for line in ledger.running(self.site.ledger) if line.pid in before]
        pid = self.dice.choice(busy if kill.mid_job and busy else sorted(before))
        kill.running = self._running({pid})
        os.kill(pid, signal.SIGKILL)
        kill.pids, kill.at = [pid], time.time()
        whole = lambda: len(set(self.site.slots()) - {pid}) >= SLOTS  # noqa: E731
        kill.back = until(whole, "another child")

    def worker(self, kill: Kill) -> None:
        """Kill the worker; its children die with it, as Celery asks the kernel for."""
        slots = self.site.slots()
        kill.running = self._running(set(slots))
        kill.at = self.site.worker.kill()
        kill.pids = [self.site.worker.pid, *slots]
        self.site.left |= set(slots)
        time.sleep(self.dice.uniform(0.0, 1.0))
        kill.back = self.site.worker.start()
        until(lambda: len(self.site.slots()) == SLOTS, "the worker")

    def web(self, kill: Kill) -> None:
        """Kill one of the web processes."""
        web = self.site.webs[self._web(kill)]
        kill.pids, kill.at = [web.pid], web.kill()
        time.sleep(self.dice.uniform(0.0, 1.0))
        kill.back = web.start()

    def redis(self, kill: Kill) -> None:
        """Kill Redis; the last time it stays away for long."""
        self._service(kill, self.site.redis, self.site.redis_answers)

    def postgres(self, kill: Kill) -> None:
        """Kill PostgreSQL's postmaster; the last time it stays away for long."""
        self._service(kill, self.site.postgres, self.site.postgres_answers)

    def _service(self, kill: Kill, part: Part, answers: Callable[[], bool]) -> None:
        kill.running = [line.key for line in ledger.running(self.site.ledger)]
        kill.pids, kill.at = [part.pid], part.kill()
        time.sleep(LONG_OUTAGE if kill.number == FIRST_ROUND else self.dice.uniform(0.2, 3.0))
        part.start()
        while not answers():  # the cluster waits until the last of its orphans is gone
            if part.process is not None and part.process.poll() is not None:
                part.start()
            time.sleep(0.05)
        kill.back = time.time()

    def _running(self, pids: set[int]) -> list[str]:
        return [line.key for line in ledger.running(self.site.ledger) if line.pid in pids]

    # --- is it normal? ---

    def _normal(self, ports: list[int]) -> float:
        """Return when each of these hubs had a call done as a job; endless if one never did."""
        try:
            return max(
                until(lambda port=port: self.probe(port), f"normal at {port}") for port in ports
            )
        except AssertionError:
            return math.inf

    def probe(self, port: int) -> bool:
        """Have a short call done as a job; return whether its progress and its result came in time."""
        self._probes += 1
        arguments = {"key": f"probe-{self._probes}", "seconds": PROBE_SECONDS / 10}
        params = {"name": "again", "arguments": arguments}
        try:
            answer = client.ask(
                port, self.token, "tools/call", params, tasks=False, seconds=PROBE_SECONDS
            )
        except (client.Unreached, *client.FAULTS):
            return False
        return bool(answer.result.get("content")) and answer.progress > 0


KILLS: dict[str, Callable[[Drill, Kill], None]] = {
    "child": Drill.child,
    "worker": Drill.worker,
    "web": Drill.web,
    "redis": Drill.redis,
    "postgres": Drill.postgres,
}
