"""A hub from its parts, and what the settings say of its names."""

import time
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings

from accounts.principals import read_principals
from accounts.tokens import Principals, Read
from mcphub import authors, descriptors
from mcphub.version import VERSION
from monitoring import bus
from servers.bell import Bell
from servers.capabilities.registry import capability
from servers.corridor import Corridor
from servers.dialogue.desk import Desk
from servers.host import Hub
from servers.jobs.crews import Crew
from servers.jobs.desk import JobDesk
from servers.limits import Limits
from servers.live import LiveSnapshot
from servers.offload import Offload
from servers.places import Places
from servers.recording import CallRecorder
from servers.sessions import Sessions
from servers.snapshot import Snapshot
from servers.transports.guards import LOOPBACK, Guards


class Ways(NamedTuple):
    """What kinds of process do in different ways: a web process, one for a single client, a worker.

    How callers are `read` by their names, what is `load`ed at the start, what makes a new snapshot ready
    (`arriving`), and what `follow`s authors' files on an embedded hub. Not on the event loop, all of it.
    `crew` is what a worker's process belongs to; without one the process answers clients. `chores`: it does
    what comes again; a process with one server's tools would take jobs of others, and fail them.
    """

    read: Read = read_principals
    load: Callable[[], None] = authors.load
    arriving: Callable[[], Callable[[Snapshot], None]] = authors.Arriving
    follow: Callable[[], Callable[[], None]] = authors.Following
    crew: Crew | None = None
    chores: bool = True


def make_hub(offload: Offload, recorder: CallRecorder, limits: Limits, ways: Ways) -> Hub:
    """Return a hub with an empty memory."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    live = LiveSnapshot(offload, VERSION, ways.arriving())
    hub = Hub(
        live=live,
        principals=Principals(ways.read, offload, bus.alive),
        sessions=Sessions(keys),
        corridor=Corridor(capability, recorder, limits, lambda: live.current.stops),
        offload=offload,
        desk=Desk(keys, offload, Bell(offload)),
        jobs=JobDesk(offload),
        places=Places(
            settings.STREAMS_PER_USER,
            descriptors.most_streams(descriptors.most_files()),
            time.monotonic,
            shared=not settings.EMBEDDED,
        ),
        shared=not settings.EMBEDDED,
    )
    hub.live.on_change = hub.catalog_changed
    return hub


def guards() -> Guards:
    """Return what the settings say of the hub's names."""
    return Guards(
        names=frozenset(name.strip("[]").lower() for name in settings.ALLOWED_HOSTS),
        own=settings.PUBLIC_URL,
        own_is_given=settings.PUBLIC_URL_GIVEN,
        loopback=settings.HOST.strip("[]").lower() in LOOPBACK,
        proxies=tuple(settings.TRUSTED_PROXIES),
    )
