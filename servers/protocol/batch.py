"""JSON-RPC batches: an array of requests and notifications, or of responses.

Promises: a batch is taken whole or refused whole; one of too many messages is not read beyond them, so
that it costs next to nothing however large it is. Source: 2025-03-26 basic/index (Batching),
basic/lifecycle, basic/transports; JSON-RPC 2.0 section 6.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from servers.protocol.envelope import speaks_for_itself
from servers.protocol.errors import ProtocolError, invalid_request
from servers.protocol.jsonrpc import Message, Reply, read_message, readable_id
from servers.protocol.reading import read_json

MOST_ITEMS = 100
"""Messages in one batch."""

# Fields that are one element of an array each, looked through and not made into values: decoding ends
# with an error at the first element that has no field.
_FIELDS = [(f"item{place}", msgspec.Raw, msgspec.Raw(b"")) for place in range(MOST_ITEMS)]
_look_through = msgspec.json.Decoder(
    msgspec.defstruct("Items", _FIELDS, array_like=True, forbid_unknown_fields=True)
).decode
_BEYOND = f"at most length {MOST_ITEMS}"


class Batch(NamedTuple):
    """What an array holds: requests and notifications, or replies alone."""

    requests: Sequence[tuple[bytes, Message]] = ()
    """Each with its encoded id."""
    notifications: Sequence[Message] = ()
    replies: Sequence[Reply] = ()

    @property
    def ids(self) -> bytes:
        """The ids of the requests, as an encoded array."""
        return joined(id_json for id_json, _message in self.requests)


def read_bounded(body: bytes) -> Any:
    """Return the JSON value in a body; raises ProtocolError as read_json does, or for a long array."""
    if not body.startswith(b"{"):
        _refuse_long(body)
    return read_json(body)


def _refuse_long(body: bytes) -> None:
    """Raise ProtocolError for an array of too many elements, the rest unread; what else it is passes."""
    try:
        _look_through(body)
    except msgspec.ValidationError as error:
        if _BEYOND in str(error):
            raise invalid_request(f"The batch has more than {MOST_ITEMS} messages.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return  # whoever reads it says so


def read_batch(values: Sequence[Any]) -> Batch:
    """Return what an array holds that read_bounded returned; raises ProtocolError for what may not be."""
    if not values:
        raise invalid_request("The batch is empty.")
    found = [_read(value, place) for place, value in enumerate(values, start=1)]
    messages = [each for each in found if isinstance(each, Message)]
    replies = [each for each in found if isinstance(each, Reply)]
    if messages and replies:
        raise invalid_request("A batch holds responses, or requests and notifications, not both.")
    requests = [(each.id_json, each) for each in messages if each.id_json is not None]
    ids = [each.id_json for each in replies] or [id_json for id_json, _message in requests]
    if len(set(ids)) < len(ids):
        raise invalid_request("Two messages of the batch have the same id.")
    return Batch(requests, [each for each in messages if each.id_json is None], replies)


def _read(value: Any, place: int) -> Message | Reply:
    """Return the message at a place, from 1 on; raises ProtocolError for one that may not be there."""
    if isinstance(value, list):
        raise invalid_request(f"Message {place} of the batch is a batch.")
    try:
        message = read_message(value)
    except ProtocolError as error:
        raise invalid_request(f"Message {place} of the batch: {error.message}") from None
    if isinstance(message, Message):
        if message.method == "initialize":
            raise invalid_request("initialize is not part of a batch.")
        if speaks_for_itself(message.params):
            raise invalid_request(
                f"Message {place} of the batch is of a revision that has no batches."
            )
    return message


def no_batch() -> ProtocolError:
    """Return the error for an array where none may be."""
    return invalid_request(
        "The body is not one JSON-RPC message; an array of them is for sessions of 2025-03-26."
    )


def unanswered(request: bytes | None, messages: Iterable[str]) -> list[bytes | None]:
    """Return a request's id, or of a batch's those that none of these encoded messages answers."""
    if request is None or not request.startswith(b"["):
        return [request]
    said = [msgspec.json.decode(each) for each in messages if each]
    answered = {readable_id(each) for each in said if "method" not in each}
    ids = [readable_id({"id": each}) for each in msgspec.json.decode(request)]
    return [each for each in ids if each not in answered]


def joined(encoded: Iterable[bytes]) -> bytes:
    """Return encoded values as an encoded array."""
    return b"[%b]" % b",".join(encoded)
