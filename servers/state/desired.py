"""What a state file says, as frozen values. None: the file does not say."""

from dataclasses import dataclass, field
from typing import Literal

LIMITS = ("calls_per_minute", "burst", "token_budget")
"""Fields of a server whose 0 stands for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredUser:
    """A person; `password` is what stood in the file that `password_file` names."""

    line: int
    username: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    staff: bool | None = None
    superuser: bool | None = None
    active: bool | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredMember:
    """Somebody in a team."""

    line: int
    user: str
    role: str = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredTeam:
    """A team; `members` is complete."""

    line: int
    name: str
    description: str | None = None
    members: tuple[DesiredMember, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredTrust:
    """Whether what a source changes is trusted or reviewed; the source is named by its name or key."""

    line: int
    source: str
    changes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredSource:
    """All of a source, named by its name or key."""

    line: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredEntry:
    """One entry of a source; an empty `exposed` means its own name or address."""

    line: int
    source: str
    name: str
    kind: str = "tool"
    exposed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredWords:
    """What curators say of an entry of a source; an empty text is the source's."""

    line: int
    source: str
    name: str
    kind: str = "tool"
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredRule:
    """An access rule; without team and user it is for everyone."""

    line: int
    effect: Literal["allow", "deny"]
    team: str | None = None
    user: str | None = None
    names: str = "*"
    tag: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredServer:
    """A published server; its three lists are complete, a limit of 0 is none."""

    line: int
    slug: str
    title: str | None = None
    description: str | None = None
    instructions: str | None = None
    visibility: str | None = None
    team: str | None = None
    enabled: bool | None = None
    discoverable: bool | None = None
    calls_per_minute: int | None = None
    burst: int | None = None
    jobs_of_one: int | None = None
    jobs_open: int | None = None
    listing: str | None = None
    token_budget: int | None = None
    recording: str | None = None
    keep_days: int | None = None
    sources: tuple[DesiredSource, ...] | None = None
    entries: tuple[DesiredEntry, ...] | None = None
    rules: tuple[DesiredRule, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredOrigin:
    """An origin whose pages may call from a browser."""

    line: int
    origin: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """A whole file."""

    users: tuple[DesiredUser, ...] = ()
    teams: tuple[DesiredTeam, ...] = ()
    sources: tuple[DesiredTrust, ...] = ()
    entries: tuple[DesiredWords, ...] = ()
    servers: tuple[DesiredServer, ...] = ()
    origins: tuple[DesiredOrigin, ...] = ()
