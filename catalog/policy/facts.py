"""The facts a verdict is made from: plain, frozen, hashable."""

from dataclasses import dataclass
from typing import Literal

from catalog.policy.stops import Stop


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks; without a user, nobody in particular."""

    user: int | None = None
    teams: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """An access rule of one server: it widens (allow) or narrows (deny).

    With neither user nor team it speaks of everyone, which only a deny may. `pattern` speaks of
    exposed names, `*` standing for anything; with a `tag`, what it speaks of carries that too.
    """

    id: int
    effect: Literal["allow", "deny"]
    user: int | None = None
    team: int | None = None
    pattern: str = "*"
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """An entry as one server exposes it; `team` owns the server."""

    name: str
    kind: str = "tool"
    tags: frozenset[str] = frozenset()
    visibility: Literal["public", "team"] = "team"
    team: int | None = None
    server_enabled: bool = True
    source_enabled: bool = True
    enabled: bool = True
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a call is judged by before it runs; `scopes` are expanded (write holds read).

    `stop` is the widest one that is about the call (`stop_on` finds it).
    """

    subject: Subject
    target: Target
    rules: tuple[Rule, ...]
    scopes: frozenset[str]
    required_scope: str
    stop: Stop | None = None
