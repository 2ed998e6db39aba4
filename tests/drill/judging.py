"""What came of a drill: what clients were told, the ledger and the rows must agree."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isinf
from statistics import median
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row

from tests.drill import client, ledger
from tests.drill.kills import Kill
from tests.drill.load import Load, Plain, Started
from tests.drill.parts import Site

ENDED = ("completed", "failed", "cancelled")
LEAST_COMPLETED = 0.99
LEASE_AND_15 = 30.0
LONGEST_WORK = 2.0
_ROWS = """
SELECT public_id, state, reason, times_lost, attempt, worker, is_repeatable,
       extract(epoch FROM created_at)::float AS created_at,
       extract(epoch FROM ended_at)::float AS ended_at
FROM servers_job
"""


class Verdict(NamedTuple):
    """What was counted, and what is wrong with it."""

    figures: dict[str, Any]
    faults: list[str]


@dataclass
class Case:
    """All that is known when a drill is over."""

    site: Site
    load: Load
    kills: Sequence[Kill]
    rows: dict[str, Any] = field(default_factory=dict)
    lines: list[ledger.Line] = field(default_factory=list)
    polled: dict[str, str] = field(default_factory=dict)

    def collect(self) -> None:
        """Read the rows and the ledger, and ask for every accepted task as its client would."""
        with psycopg.connect(self.site.database, row_factory=namedtuple_row) as db:
            self.rows = {row.public_id: row for row in db.execute(_ROWS)}
        self.lines = ledger.read(self.site.ledger)
        for number, job in enumerate(self.accepted):
            port = self.site.ports[number % 2]
            answer = client.ask(port, self.load.token, "tasks/get", {"taskId": job.task})
            self.polled[job.task] = str(answer.result.get("status", answer.message))

    @property
    def accepted(self) -> list[Started]:
        """The jobs whose clients hold a task."""
        return [job for job in self.load.started if job.outcome == "accepted"]

    def killed(self) -> dict[int, float]:
        """Return the processes that were killed, and when."""
        return {pid: kill.at for kill in self.kills for pid in kill.pids}


def open_jobs(site: Site) -> int:
    """Return how many jobs have not ended."""
    with psycopg.connect(site.database) as db:
        found = db.execute(
            "SELECT count(*) FROM servers_job WHERE state <> ALL(%s)", [list(ENDED)]
        ).fetchone()
    return int(found[0]) if found else 0


def judge(case: Case) -> Verdict:
    """Return the figures of a drill and what is wrong."""
    rows = {job.key: case.rows[job.task] for job in case.accepted if job.task in case.rows}
    lost = [job.key for job in case.accepted if case.polled[job.task] not in ENDED]
    differ = [
        k.key for k in case.accepted if k.key in rows and rows[k.key].state != case.polled[k.task]
    ]
    begun = ledger.starts(case.lines)
    twice = [key for key, each in begun.items() if key.endswith("-once") and len(each) > 1]
    failed = [job for job in case.accepted if rows[job.key].state != "completed"]
    reasons = Counter(f"{job.tool}: {rows[job.key].reason or 'none'}" for job in failed)
    unhurt = [job.key for job in failed if not _was_hit(case, rows[job.key])]
    ended = ledger.ended(case.lines)
    hollow = [
        job.key
        for job in case.accepted
        if rows[job.key].state == "completed"
        and not any((job.key, line.pid) in ended for line in begun.get(job.key, ()))
    ]
    share = {tool: _share(case, rows, tool) for tool in ("again", "once")}
    waits = _from_death(case, rows, begun, ended)
    figures = {
        "asked": len(case.load.started),
        **Counter(job.outcome for job in case.load.started),
        "completed": sum(rows[job.key].state == "completed" for job in case.accepted),
        "completed, idempotent": share["again"],
        "completed, not idempotent": share["once"],
        "failed": dict(reasons),
        "failed that no kill struck": unhurt,
        "lost": len(lost),
        "run twice": len(twice),
        "completed without an end in the ledger": len(hollow),
        "client and row differ": len(differ),
        "seconds from a worker's death to the end of its jobs": spread(waits),
        "rows in all": len(case.rows),
        "rows that have not ended": sum(row.state not in ENDED for row in case.rows.values()),
        "refused that ran": [
            j.key for j in case.load.started if j.outcome == "refused" and j.key in begun
        ],
        "unreached that ran": [
            j.key for j in case.load.started if j.outcome == "unreached" and j.key in begun
        ],
    }
    faults = [
        f"{name}: {found[:5]}"
        for name, found in (
            ("lost", lost),
            ("run twice", twice),
            ("failed that no kill struck", unhurt),
            ("completed without an end in the ledger", hollow),
            ("client and row differ", differ),
            ("unreached that ran", figures["unreached that ran"]),
        )
        if found
    ]
    faults += [f"{k.part} {k.number}: never normal again" for k in case.kills if isinf(k.normal)]
    if share["again"] < LEAST_COMPLETED:
        faults.append(f"of idempotent jobs {share['again']:.2%} were completed")
    if waits and max(waits) > LEASE_AND_15 + LONGEST_WORK:
        faults.append(f"a job ended {max(waits):.1f} s after its worker died")
    return Verdict(figures, faults)


def _share(case: Case, rows: dict[str, Any], tool: str) -> float:
    """Return which share of a tool's accepted jobs were completed."""
    mine = [rows[job.key].state == "completed" for job in case.accepted if job.tool == tool]
    return sum(mine) / len(mine) if mine else 1.0


def _was_hit(case: Case, row: Any) -> bool:
    """Return whether the process that had a job last was killed."""
    return process_of(row.worker) in case.killed()


def process_of(worker: str) -> int:
    """Return the process id in what a job is told of whoever works on it; 0 if nobody does."""
    pid = re.search(r"[:/](\d+)$", worker)
    return int(pid[1]) if pid else 0


def _from_death(
    case: Case,
    rows: dict[str, Any],
    begun: dict[str, list[ledger.Line]],
    ended: set[tuple[str, int]],
) -> list[float]:
    """Return how long after its last death each job that was struck ended."""
    killed, waits = case.killed(), []
    for job in case.accepted:
        deaths = [
            killed[line.pid]
            for line in begun.get(job.key, ())
            if line.pid in killed and (job.key, line.pid) not in ended
        ]
        if deaths and rows[job.key].ended_at is not None:
            waits.append(rows[job.key].ended_at - max(deaths))
    return waits


def of_part(part: str, kills: Sequence[Kill], plain: Sequence[Plain]) -> dict[str, Any]:
    """Return the figures of one part's kills, and of the calls without a job in the meantime."""
    mine = [kill for kill in kills if kill.part == part]
    first, last = (
        min(kill.at for kill in mine) - 1,
        max(max(kill.back, kill.at + 1) for kill in mine) + 5,
    )
    calls = [each for each in plain if first <= each.at <= last]
    away = [each for each in calls if any(k.at <= each.at < k.back for k in mine)]
    return {
        "kills": len(mine),
        "mid-job": sum(kill.mid_job for kill in mine),
        "jobs that ran in what was killed": sum(len(kill.running) for kill in mine),
        "away": spread([kill.back - kill.at for kill in mine]),
        "from return to normal": spread([kill.normal - kill.back for kill in mine]),
        "plain calls": _calls(calls),
        "plain calls while it was away": _calls(away),
    }


def _calls(calls: Sequence[Plain]) -> dict[str, Any]:
    faults = Counter(each.fault for each in calls if each.fault)
    return {
        "calls": len(calls),
        "failed": faults.total(),
        "faults": dict(faults.most_common(3)),
    } | ({"seconds": spread([each.seconds for each in calls])})


def spread(seconds: Iterable[float]) -> dict[str, float]:
    """Return the median and the worst."""
    found = sorted(seconds)
    if not found:
        return {}
    return {"median": round(median(found), 3), "worst": round(found[-1], 3)}
