"""Rounds in turn, and what the kernel says a process used.

Targets alternate and their order rotates, so that a slow minute of the machine hits all of them;
ratios are taken within a round, then the median. CPU time is the figure to trust: requests a
second depend on the neighbours and on the driver itself.
"""

import gc
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.driver import Heard, drive
from tests.bench.refreshing import Chain, refresh
from tests.bench.requests import Asking, Question
from tests.bench.targets import Target

PROC = Path("/proc")
WARM_UP = 0.5


@dataclass(frozen=True, slots=True)
class Load:
    """How hard and how long: connections, rounds, seconds a round."""

    connections: int
    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one target; latencies in ms, CPU in us a request."""

    rate: float
    p50: float
    p99: float
    cpu: float
    wrong: int


@dataclass(frozen=True, slots=True)
class Row:
    """One target over all rounds: medians, and ratios to the base of the same round."""

    name: str
    rate: float
    p50: float
    p99: float
    cpu: float
    cpu_ratio: float
    rate_ratio: float
    wrong: int
    problem: str = ""


async def compare(pairs: Sequence[tuple[Target, Question]], load: Load) -> list[Row]:
    """Measure targets in turn; the first is the base of the ratios."""
    samples: list[list[Sample]] = [[] for _ in pairs]
    problems = [""] * len(pairs)
    order = list(range(len(pairs)))
    for at in order:
        await _round(*pairs[at], Load(load.connections, 1, WARM_UP))
    for _ in range(load.rounds):
        for at in order:
            sample, problem = await _round(*pairs[at], load)
            samples[at].append(sample)
            problems[at] = problems[at] or problem
        order = order[1:] + order[:1]
    return [
        _row(target.name, own, samples[0], problem)
        for (target, _), own, problem in zip(pairs, samples, problems, strict=True)
    ]


async def _round(target: Target, question: Question, load: Load) -> tuple[Sample, str]:
    """Measure one target once."""
    asking = Asking(
        question,
        port=target.port,
        path=target.path,
        token=target.token,
        session=target.session,
    )
    members = family(target.process.pid)
    gc.collect()
    gc.disable()
    before = cpu_seconds(members)
    heard = await drive(asking, target.port, connections=load.connections, seconds=load.seconds)
    used = cpu_seconds(members) - before
    gc.enable()
    if question.sums:
        target.calls += heard.asked
    return _sample(heard, used), next(iter(heard.problems), "")


async def refreshes(target: Target, chains: list[Chain], load: Load) -> Row:
    """Measure refreshes, a connection for each chain; its own base."""
    await refresh(chains, target.port, WARM_UP)
    samples, problem = [], ""
    for _ in range(load.rounds):
        members = family(target.process.pid)
        before = whole_cpu_seconds(members)
        heard = await refresh(chains, target.port, load.seconds)
        samples.append(_sample(heard, whole_cpu_seconds(members) - before))
        problem = problem or next(iter(heard.problems), "")
    return _row(target.name, samples, samples, problem)


def _sample(heard: Heard, used: float) -> Sample:
    """Return a round's figures."""
    right = sorted(heard.seconds) or [float("nan")]
    count = len(heard.seconds)
    return Sample(
        rate=count / heard.wall,
        p50=right[len(right) // 2] * 1e3,
        p99=right[int(len(right) * 0.99)] * 1e3,
        cpu=used / count * 1e6 if count else float("nan"),
        wrong=heard.problems.total(),
    )


def _row(name: str, own: list[Sample], base: list[Sample], problem: str) -> Row:
    """Return the medians of a target's rounds."""
    pairs = list(zip(own, base, strict=True))
    return Row(
        name=name,
        rate=median(one.rate for one in own),
        p50=median(one.p50 for one in own),
        p99=median(one.p99 for one in own),
        cpu=median(one.cpu for one in own),
        cpu_ratio=median(one.cpu / other.cpu for one, other in pairs),
        rate_ratio=median(one.rate / other.rate if other.rate else 0 for one, other in pairs),
        wrong=sum(one.wrong for one in own),
        problem=problem,
    )


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    children: dict[int, list[int]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue  # it ended meanwhile
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, left = [], [pid]
    while left:
        found.append(member := left.pop())
        left += children.get(member, [])
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the CPU time of processes so far, all threads, to the nanosecond."""
    total = 0
    for pid in pids:
        for task in (PROC / str(pid) / "task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def whole_cpu_seconds(pids: Sequence[int]) -> float:
    """Return the CPU time of processes so far, threads that have ended included, to 10 ms."""
    total = 0
    for pid in pids:
        user, system = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[11:13]
        total += int(user) + int(system)
    return total / os.sysconf("SC_CLK_TCK")


def pss_mib(pids: Sequence[int]) -> float:
    """Return the memory of processes, what is shared counted in proportion, in MiB."""
    total = 0
    for pid in pids:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
