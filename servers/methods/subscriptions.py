"""subscriptions/listen, and resources/subscribe and unsubscribe of the older revisions.

Sources: 2026-07-28 basic/patterns/subscriptions; server/resources (Subscriptions) of the others.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from monitoring import bus
from servers.kept import wishes
from servers.listening import LISTS, Listener
from servers.methods.request import Request, object_param, require_read, text_param
from servers.protocol.envelope import SUBSCRIPTION_ID
from servers.protocol.errors import ProtocolError, Stopped, invalid_params, invalid_request
from servers.protocol.handshake import LIFETIME
from servers.running import was_stopped

MOST_URIS = 1_000
"""Resources one stream may listen to."""
TAKEN = "taken"
"""Topic: the stream of a session has been opened anew; when, and by which process."""
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"


async def listen(request: Request) -> bytes:
    """Tell the client what changes, until it leaves or may hear no more."""
    require_read(request)
    wants, asked = _filter(object_param(request, "notifications"))
    if not request.exchange.streams:
        raise invalid_request("Accept must admit text/event-stream.", status=406)
    access = request.access
    uris = frozenset(uri for uri in asked if request.server.may_read(access, uri))
    tag = {SUBSCRIPTION_ID: json.loads(request.id_json)}

    def tell(method: str, params: dict[str, Any]) -> None:
        request.exchange.tell(method, {**params, "_meta": tag})

    tell(ACKNOWLEDGED, {"notifications": _agreed(wants, sorted(uris))})
    await _hear(request, wants, uris, tell)
    return request.server.shaper.ended_subscription(tag)


async def listen_for_session(request: Request) -> None:
    """Tell a session what changes, until its client leaves or may hear no more.

    A message goes to one stream of a session only (basic/transports, Multiple Connections), so the
    newest one takes the place of those before it, on this process and on the others.
    """
    await _hear(request, LISTS, None, request.exchange.tell)


async def _hear(
    request: Request,
    wants: Iterable[str],
    uris: frozenset[str] | None,
    tell: Callable[[str, dict[str, Any]], object],
) -> None:
    """Let the client hear until it may no more; raises Stopped if it left."""
    ended = asyncio.Event()
    session = request.exchange.era.session
    listener = Listener(
        slug=request.server.slug,
        server=request.server.public_id,
        token=request.token,
        caller=request.caller,
        wants=frozenset(wants),
        uris=uris,
        session=session.nonce if session else "",
        tell=tell,
        end=ended.set,
        until=request.exchange.session_until,
        turn=(time.time(), request.desk.name),
    )
    try:
        with request.listeners.added(listener):
            await request.listeners.recheck_one(listener)
            if session is not None:
                await request.desk.offload(bus.publish, TAKEN, _taken(listener))
            await ended.wait()
    except asyncio.CancelledError:
        if not was_stopped(request.exchange):
            raise
        if request.exchange.stopped == "client":
            raise Stopped from None


def _taken(listener: Listener) -> str:
    """Return the announcement that a session is heard by this listener from now on."""
    return json.dumps([listener.session, *listener.turn])


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
