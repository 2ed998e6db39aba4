"""subscriptions/listen, and resources/subscribe and unsubscribe of the older revisions.

Sources: 2026-07-28 basic/patterns/subscriptions; server/resources (Subscriptions) of the others.
"""

import asyncio
import functools
import json
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from servers.crowd import Listener
from servers.kept import wishes
from servers.listening import LISTS
from servers.methods.own_stream import OwnStream
from servers.methods.request import Request, object_param, require_read, text_param
from servers.methods.tasks_heard import SessionTasks, TaskListener
from servers.protocol.envelope import SUBSCRIPTION_ID
from servers.protocol.errors import ProtocolError, Stopped, invalid_params, invalid_request
from servers.protocol.event_ids import Point
from servers.protocol.handshake import LIFETIME
from servers.published import Access, PublishedServer
from servers.running import was_stopped

MOST_URIS = 1_000
"""Resources one stream may listen to."""
ALL_LISTS = frozenset(LISTS)
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"


async def listen(request: Request) -> bytes:
    """Tell the client what changes, until it leaves or may hear no more."""
    require_read(request)
    if "notifications" not in request.params:
        raise invalid_params('"notifications" is missing.')
    wants, asked = _filter(object_param(request, "notifications"))
    if not request.exchange.streams:
        raise invalid_request("Accept must admit text/event-stream.", status=406)
    request.exchange.hold()
    uris = frozenset[str]()
    if asked:
        uris = await request.desk.offload(_readable, request.server, request.access, asked)
    tasks = await TaskListener.of(request)
    request.params.clear()  # it was long, perhaps, and the stream may last for days
    tag = {SUBSCRIPTION_ID: json.loads(request.id_json)}

    def tell(method: str, params: dict[str, Any]) -> None:
        request.exchange.tell(method, {**params, "_meta": tag})

    tell(ACKNOWLEDGED, {"notifications": {**_agreed(wants, sorted(uris)), **tasks.agreed}})
    await _hear(request, _lists(*wants), uris, tell, tasks)
    return request.server.shaper.ended_subscription(tag)


@functools.cache
def _lists(*names: str) -> frozenset[str]:
    """Return names of lists, the same value for all who want the same ones."""
    return frozenset(names)


def _readable(server: PublishedServer, access: Access, uris: Iterable[str]) -> frozenset[str]:
    """Return the addresses a group may read; in a thread, as each is held against every template."""
    return frozenset(uri for uri in uris if server.may_read(access, uri))


async def listen_for_session(request: Request, name: str, since: Point | None) -> None:
    """Tell a session what changes, until its client leaves or may hear no more.

    A message goes to one stream of a session only (basic/transports, Multiple Connections), so the
    newest one takes the place of those before it, on this process and on the others. `name` is the
    stream's, where its events have ids; `since` the place that its client has come back to.
    """
    session = request.exchange.era.session
    tasks = SessionTasks(session.nonce if session else "")
    own = OwnStream(request.exchange, name, since)
    await _hear(request, ALL_LISTS, None, own.tell, tasks, own)


async def _hear(
    request: Request,
    wants: frozenset[str],
    uris: frozenset[str] | None,
    tell: Callable[[str, dict[str, Any]], object],
    tasks: TaskListener | SessionTasks,
    own: OwnStream | None = None,
) -> None:
    """Let the client hear until it may no more; raises Stopped if it left."""
    request.exchange.only_listens = True
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    session = request.exchange.era.session
    listener = Listener(
        slug=request.server.slug,
        server=request.server.public_id,
        token=request.token,
        caller=request.caller,
        wants=wants,
        uris=uris,
        session=session.nonce if session else "",
        tell=tell,
        end=partial(_end, ended),
        until=request.exchange.session_until,
        turn=(time.time(), request.desk.name),
    )
    try:
        with request.listeners.added(listener):
            if own is not None:
                own.begin(listener)
            await request.listeners.recheck_one(listener)
            if own is not None and not ended.done():
                await own.catch_up(request)
            tasks.begin(request, partial(_as_now, request, listener), tell)
            try:
                await ended
            finally:
                tasks.end(request)
    except asyncio.CancelledError:
        if not was_stopped(request.exchange):
            raise
        if request.exchange.stopped == "client":
            raise Stopped from None


def _end(ended: "asyncio.Future[None]") -> None:
    """Let a stream end, once."""
    if not ended.done():
        ended.set_result(None)


def _as_now(request: Request, listener: Listener) -> Request | None:
    """Return a request with its server and caller as they are now, None if it may hear no more."""
    server = request.listeners.server_of(listener)
    return None if server is None else request._replace(server=server, caller=listener.caller)


async def subscribe(request: Request) -> bytes:
    """Keep that the session wants to hear of a resource."""
    require_read(request)
    uri, session = text_param(request, "uri"), request.exchange.era.session
    if not request.server.may_read(request.access, uri):
        code = request.revision.resource_not_found
        raise ProtocolError(code, "Resource not found", data={"uri": uri[:512]})
    if session is not None and not await request.desk.offload(
        wishes.subscribe, session.nonce, uri, LIFETIME
    ):
        raise invalid_params(f"A session may subscribe to {wishes.MOST_SUBSCRIPTIONS} resources.")
    return request.server.shaper.empty(request.revision)


async def unsubscribe(request: Request) -> bytes:
    """Forget that the session wants to hear of a resource, known or not."""
    require_read(request)
    uri, session = text_param(request, "uri"), request.exchange.era.session
    if session is not None:
        await request.desk.offload(wishes.unsubscribe, session.nonce, uri)
    return request.server.shaper.empty(request.revision)


def _filter(given: dict[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """Return the lists and resources a client wants to hear of; raises ProtocolError."""
    flags = {name: given.get(f"{name}ListChanged", False) for name in LISTS}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise invalid_params('A flag of "notifications" is neither true nor false.')
    uris = given.get("resourceSubscriptions", [])
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise invalid_params('"resourceSubscriptions" is not a list of strings.')
    if len(uris) > MOST_URIS:
        raise invalid_params(f"At most {MOST_URIS} resources can be listened to at once.")
    return [name for name, flag in flags.items() if flag], tuple(dict.fromkeys(uris))


def _agreed(wants: list[str], uris: list[str]) -> dict[str, Any]:
    """Return what is agreed to: a subset of what was asked for."""
    lists: dict[str, Any] = {f"{name}ListChanged": True for name in wants}
    return {**lists, "resourceSubscriptions": uris} if uris else lists
