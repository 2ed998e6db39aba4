"""One thing that has to hold on a network."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Demand:
    """What has to hold, by which setting, and why; `holds` looks at it, `hint` says how it is put right."""

    id: str
    setting: str
    why: str
    holds: Callable[[], bool]
    hint: str = "Leave it as mcphub/settings.py has it."
