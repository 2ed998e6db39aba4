"""`make mutants`: change the pure rooms one place at a time and see whether a test notices.

Environment: ONLY=servers/protocol/reading.py,... picks files, OUT=folder takes mutants.json. Exit 1:
a change that no test notices and nobody explained, or an explained one that is noticed by now.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path

from tests import house
from tests.mutants import comparing, running
from tests.mutants.making import Mutant, mutants

EVERY = 250


def main() -> int:
    """Run the mutants of the chosen files; return the exit status."""
    asked = [name for name in os.environ.get("ONLY", "").split(",") if name]
    chosen = {
        file: room
        for room in running.ROOMS
        for file in room.files(house.BASE)
        if not asked or file in asked
    }
    if unknown := [name for name in asked if name not in chosen]:
        sys.stderr.write(f"No file of the pure rooms: {', '.join(unknown)}.\n")
        return 2
    running.prepare(house.BASE)
    if wrong := _blind(chosen):
        sys.stderr.write(f"{wrong}\n")
        return 2
    made = [(chosen[file], one) for file in chosen for one in mutants(house.BASE, file)]
    counts, survivors = _run(made)
    found = comparing.judged(survivors, comparing.explained(), chosen)
    _tell(counts, survivors, found)
    return 0 if found.good else 1


def _blind(chosen: dict[str, running.Room]) -> str:
    """Return what is wrong where the tests fail unchanged, or do not see a room without content."""
    for room in set(chosen.values()):
        file = next(file for file in chosen if chosen[file] == room)
        source = (house.BASE / file).read_text(encoding="utf-8")
        for text, right in ((source, "survived"), ("raise SystemError", "killed")):
            tried = [(room, Mutant(file, source, text))]
            if [verdict for _, verdict in running.run_all(tried, house.BASE)] != [right]:
                return f"{room.tests} with {text[:17]!r}... in {file}: not {right}."
    return ""


def _run(made: list[tuple[running.Room, Mutant]]) -> tuple[Counter[str], list[comparing.Change]]:
    """Run the mutants, telling now and then how far it is."""
    counts: Counter[str] = Counter()
    survivors = []
    for mutant, verdict in running.run_all(made, house.BASE):
        counts[verdict] += 1
        if verdict == "survived":
            survivors.append(mutant.change())
        if counts.total() % EVERY == 0:
            sys.stderr.write(f"{counts.total()} of {len(made)}, {len(survivors)} survived\n")
    return counts, sorted(survivors)


def _tell(counts: Counter[str], survivors: list[comparing.Change], found: comparing.Judged) -> None:
    """Write the JSON, and say what is to be done."""
    path = Path(os.environ.get("OUT") or "out") / "mutants.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    unexplained = [one._asdict() for one in found.unexplained]
    report = {"counts": counts, "survivors": [one._asdict() for one in survivors]}
    path.write_text(json.dumps({**report, "unexplained": unexplained}, indent=1))
    for heading, changes in zip(
        ("No test notices, and it is not explained", "Explained, but noticed", "No reason given"),
        found,
        strict=True,
    ):
        for one in changes:
            sys.stdout.write(f"\n# {heading}:\n{comparing.entry(one)}")
    told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    sys.stdout.write(f"\n{told}; {len(found.unexplained)} not explained.\n{path}\n")


if __name__ == "__main__":
    sys.exit(main())
