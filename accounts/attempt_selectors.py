"""Attempts to connect as people and admins read them: six stations, what went wrong, and the fix.

A person sees their own attempts, and those of nobody in particular with a step from where they sit
now, of the last day; servers they may not use stay nameless, and so does where a step came from that
may be somebody else's. Admins see all.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import AttemptStep, ConnectionAttempt, Step, User
from accounts.oauth.directory import directory
from accounts.oauth.reasons import Reason, explained

NEARBY = timedelta(days=1)
"""How long ago an attempt of nobody's may have been to be shown to who sits at its address."""
MOST_SHOWN = 50
A_SERVER = "a server"
WAITS: dict[str, tuple[timedelta, str]] = {
    Step.CHALLENGE: (timedelta(minutes=2), "never_asked"),
    Step.METADATA: (timedelta(minutes=2), "never_registered"),
    Step.REGISTRATION: (timedelta(minutes=5), "never_authorized"),
    Step.AUTHORIZE: (timedelta(minutes=10), "left_open"),
    Step.ALLOWED: (timedelta(minutes=2), "never_redeemed"),
    Step.TOKEN: (timedelta(minutes=5), "never_called"),
}
"""Last step that went well -> how long the next one may take, and what it means if it never comes."""
STATIONS: dict[Step, tuple[Step, ...]] = {
    Step.CHALLENGE: (Step.CHALLENGE,),
    Step.METADATA: (Step.METADATA,),
    Step.REGISTRATION: (Step.REGISTRATION,),
    Step.AUTHORIZE: (Step.AUTHORIZE, Step.ALLOWED),
    Step.TOKEN: (Step.TOKEN,),
    Step.CALL: (Step.CALL,),
}
"""What is shown as one station -> the steps that belong to it."""
ABOUT: dict[str, str] = {
    Step.CHALLENGE: "The client calls, and is told that it needs a token.",
    Step.METADATA: "It reads where and how to log in.",
    Step.REGISTRATION: "It makes itself known to the hub.",
    Step.AUTHORIZE: "A browser opens the hub, and a person says yes.",
    Step.TOKEN: "The client exchanges its code for a token.",
    Step.CALL: "It calls the server with the token.",
}


class State(StrEnum):
    """How an attempt stands, in words."""

    CONNECTED = "Connected"
    UNDER_WAY = "Under way"
    FAILED = "Failed"
    STOPPED = "Stopped"


class Mark(StrEnum):
    """How a station of an attempt stands, in words."""

    DONE = "went well"
    FAILED = "failed"
    PASSED = "not seen"
    WAITED = "never came"
    AHEAD = "not reached"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One step as it happened."""

    title: str
    at: datetime
    failed: bool
    what: str
    detail: str
    address: str


@dataclass(frozen=True, slots=True)
class StationFacts:
    """One station of the way in, and what happened there."""

    title: str
    about: str
    mark: Mark
    events: tuple[EventFacts, ...]

    @property
    def tone(self) -> str:
        """The mark as a word for a style."""
        return self.mark.name.lower()


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """An attempt as somebody sees it; `code` and `reason` are why it came no further, if it did not.

    `addresses` are all that the viewer may see of where its steps came from, in their order.
    """

    public_id: uuid.UUID
    begun_at: datetime
    last_at: datetime
    client: str
    server: str
    person: str
    addresses: tuple[str, ...]
    user_agent: str
    state: State
    code: str
    reason: Reason | None
    stations: tuple[StationFacts, ...]

    @property
    def who(self) -> str:
        """The client's name, or the beginning of what it calls itself."""
        return self.client or self.user_agent.split("/")[0].strip()[:40] or "A client"

    @property
    def failed_at(self) -> str:
        """The title of the station it came no further at, empty if it did."""
        bad = (each.title for each in self.stations if each.mark in (Mark.FAILED, Mark.WAITED))
        return next(bad, "")


def attempts_of(user: User, address: str) -> list[AttemptFacts]:
    """Return the attempts this person, who sits at an address, may see, newest first."""
    rows = _visible(user, address).select_related("client", "user")[:MOST_SHOWN]
    return _facts(rows, _usable(user), address)


def attempt_of(user: User, address: str, public_id: uuid.UUID) -> AttemptFacts | None:
    """Return the attempt with this id if the person may see it; others do not exist."""
    rows = _visible(user, address).filter(public_id=public_id).select_related("client", "user")
    return next(iter(_facts(rows, _usable(user), address)), None)


def troubles_of(user: User, address: str, most: int = 5) -> list[AttemptFacts]:
    """Return the newest attempts the person may see that did not get through."""
    rows = _visible(user, address).filter(troubled(timezone.now()))
    return _facts(rows.select_related("client", "user")[:most], _usable(user), address)


def facts_for_admin(rows: Iterable[ConnectionAttempt]) -> list[AttemptFacts]:
    """Return attempts as admins see them, with every server's name and every address."""
    rows = list(rows)
    found = directory().by_public_ids({row.server for row in rows if row.server})
    return _facts(rows, {key: f"{server.title} ({server.slug})" for key, server in found.items()})


def troubled(now: datetime) -> Q:
    """Return the condition of attempts that failed, or stopped half-way."""
    stopped = Q()
    for step, (patience, _reason) in WAITS.items():
        stopped |= Q(last_step=step, last_at__lt=now - patience)
    return ~Q(reason="") | (Q(reason="") & stopped)


def connected() -> Q:
    """Return the condition of attempts that got through."""
    return Q(last_step=Step.CALL, reason="")


def why(attempt: ConnectionAttempt, now: datetime) -> str:
    """Return the reason code of why an attempt came no further; empty if it did, or still may."""
    if attempt.reason or attempt.last_step not in WAITS:
        return attempt.reason
    patience, code = WAITS[attempt.last_step]
    return code if now - attempt.last_at > patience else ""


def _visible(user: User, address: str) -> QuerySet[ConnectionAttempt]:
    """Return what a person may see."""
    mine = Q(user=user)
    if address:
        since = timezone.now() - NEARBY
        from_here = AttemptStep.objects.filter(address=address).values("attempt")
        mine |= Q(user__isnull=True, pk__in=from_here, last_at__gte=since)
    return ConnectionAttempt.objects.filter(mine)


def _usable(user: User) -> dict[uuid.UUID, str]:
    """Return the titles of the servers a person may know of."""
    return {server.public_id: server.title for server in directory().servers_for(user)}


def _facts(
    rows: Iterable[ConnectionAttempt], titles: dict[uuid.UUID, str], sits_at: str | None = None
) -> list[AttemptFacts]:
    """Return what is shown of attempts, with their steps in one query; to admins who sit anywhere, all."""
    rows, now = list(rows), timezone.now()
    steps: dict[int, list[AttemptStep]] = {row.pk: [] for row in rows}
    for step in AttemptStep.objects.filter(attempt__in=rows):
        steps[step.attempt_id].append(step)
    for row in rows:
        if sits_at is not None:
            _hide_others(steps[row.pk], sits_at)
    return [_fact(row, steps[row.pk], titles, now) for row in rows]


def _hide_others(steps: Sequence[AttemptStep], sits_at: str) -> None:
    """Take out of steps where they came from, unless that is their person's, or where they sit.

    A step that does not say whose it is may be of somebody else, by another browser or a made-up code.
    """
    theirs = {sits_at, *(step.address for step in steps if step.named)} - {""}
    for step in steps:
        if not step.named and step.address not in theirs:
            step.address = step.user_agent = ""


def _fact(
    row: ConnectionAttempt, steps: list[AttemptStep], titles: dict[uuid.UUID, str], now: datetime
) -> AttemptFacts:
    code = why(row, now)
    server = titles.get(row.server) if row.server else None
    agents = (step.user_agent for step in steps if step.user_agent)
    return AttemptFacts(
        public_id=row.public_id,
        begun_at=row.begun_at,
        last_at=row.last_at,
        client=str(row.client) if row.client else "",
        server=server or A_SERVER,
        person=row.user.username if row.user else "",
        addresses=tuple(dict.fromkeys(step.address for step in steps if step.address)),
        user_agent=next(agents, ""),
        state=_state(row, code),
        code=code,
        reason=explained(code) if code else None,
        stations=_stations(row, steps, code, told=server is not None),
    )


def _state(row: ConnectionAttempt, code: str) -> State:
    if row.reason:
        return State.FAILED
    if code:
        return State.STOPPED
    return State.CONNECTED if row.last_step == Step.CALL else State.UNDER_WAY


def _stations(
    row: ConnectionAttempt, steps: list[AttemptStep], code: str, *, told: bool
) -> tuple[StationFacts, ...]:
    """Return the six stations; details of servers that the viewer may not know of are left out."""
    order = list(Step)
    reached = order.index(Step(row.last_step))
    found = []
    for station, parts in STATIONS.items():
        mine = [step for step in steps if step.step in parts]
        mark = _mark(row, mine, before=order.index(parts[-1]) <= reached)
        found.append((station, mine, mark))
    marks = [mark for _, _, mark in found]
    if code and Mark.FAILED not in marks and Mark.AHEAD in marks:
        marks[marks.index(Mark.AHEAD)] = Mark.WAITED
    return tuple(
        StationFacts(
            title=station.label,
            about=ABOUT[station],
            mark=mark,
            events=tuple(_event(step, told=told) for step in mine),
        )
        for (station, mine, _), mark in zip(found, marks, strict=True)
    )


def _mark(row: ConnectionAttempt, mine: list[AttemptStep], *, before: bool) -> Mark:
    """Return how a station stands, given its own steps; a consent page waits for its answer."""
    if mine and not row.reason and row.last_step == mine[-1].step == Step.AUTHORIZE:
        return Mark.AHEAD
    if mine and mine[-1].reason:
        is_why = row.reason == mine[-1].reason and row.last_step == mine[-1].step
        return Mark.FAILED if is_why or not before else Mark.DONE
    if mine:
        return Mark.DONE
    return Mark.PASSED if before else Mark.AHEAD


def _event(step: AttemptStep, *, told: bool) -> EventFacts:
    return EventFacts(
        title=step.get_step_display(),
        at=step.at,
        failed=bool(step.reason),
        what=explained(step.reason).what if step.reason else WENT_WELL[step.step],
        detail=step.detail if told else "",
        address=step.address,
    )


WENT_WELL: dict[str, str] = {
    Step.CHALLENGE: "Told to get a token.",
    Step.METADATA: "Read how to log in.",
    Step.REGISTRATION: "Registered.",
    Step.AUTHORIZE: "The page to log in and allow it was opened.",
    Step.ALLOWED: "Allowed.",
    Step.TOKEN: "Got its token.",
    Step.CALL: "The call went through.",
}
