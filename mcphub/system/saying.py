"""A fact as the system page tells it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing: `well` is None where there is nothing to be well or unwell.

    `reported` is what a report for strangers calls it, where its name tells of a host.
    """

    name: str
    value: str
    well: bool | None = None
    reported: str = ""
