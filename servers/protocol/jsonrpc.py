"""JSON-RPC 2.0 messages as values, and answers as bytes.

Source: JSON-RPC 2.0; basic/index of each revision (ids are strings or integers, never null).
"""

from typing import Any, NamedTuple

import msgspec

from servers.protocol.errors import ProtocolError, invalid_params, invalid_request

LONGEST_ID = 256
_encode = msgspec.json.Encoder().encode


class Message(NamedTuple):
    """One request or notification: `id_json` is the encoded id, None on a notification."""

    id_json: bytes | None
    method: str
    params: dict[str, Any]


class Reply(NamedTuple):
    """A client's answer to a request of the hub's: a result, or an error as the client sent it."""

    id_json: bytes
    result: Any
    error: Any


def read_message(value: Any) -> Message | Reply:
    """Return the request, notification or response a JSON value is; raises ProtocolError otherwise."""
    if not isinstance(value, dict):
        raise invalid_request("The body is not one JSON-RPC message.")
    if value.get("jsonrpc") != "2.0":
        raise invalid_request('"jsonrpc" is not "2.0".')
    method = value.get("method")
    if "method" not in value and ("result" in value) != ("error" in value):
        return _read_reply(value)
    if not isinstance(method, str) or not method:
        raise invalid_request('"method" is not a string.')
    params = value.get("params")
    if params is None and "params" not in value:
        params = {}
    elif not isinstance(params, dict):
        raise invalid_params('"params" is not an object.', status=400)
    return Message(_read_id(value), method, params)


def _read_reply(value: dict[str, Any]) -> Reply:
    """Return a response; one without an id answers nothing."""
    identifier = _read_id(value)
    if identifier is None:
        raise invalid_request("A response has no id.")
    return Reply(identifier, value.get("result"), value.get("error"))


def readable_id(value: Any) -> bytes | None:
    """Return the encoded id of a message that may be wrong otherwise, for its error."""
    try:
        return _read_id(value) if isinstance(value, dict) else None
    except ProtocolError:
        return None


def _read_id(value: dict[str, Any]) -> bytes | None:
    """Return the encoded id; a notification has none."""
    if "id" not in value:
        return None
    identifier = value["id"]
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        return b"%d" % identifier
    if isinstance(identifier, str) and len(identifier) <= LONGEST_ID:
        return _encode(identifier)
    raise invalid_request('"id" is neither a string of at most 256 characters nor an integer.')


def encode(value: Any) -> bytes:
    """Return compact JSON."""
    return _encode(value)


def result_message(id_json: bytes, result: bytes) -> bytes:
    """Return the response that carries an encoded result."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (id_json, result)


def error_message(id_json: bytes | None, error: ProtocolError) -> bytes:
    """Return the response that carries an error; without a readable id it has none.

    The schemas of 2025-11-25 and 2026-07-28 make the id of an error optional and never null.
    """
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        body["data"] = error.data
    if id_json is None:
        return b'{"jsonrpc":"2.0","error":%b}' % _encode(body)
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (id_json, _encode(body))


def request_message(id_json: bytes, method: str, params: dict[str, Any]) -> bytes:
    """Return an encoded request of the hub's to a client."""
    body = b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":%b}'
    return body % (id_json, _encode(method), _encode(params))


def notification_message(method: str, params: dict[str, Any]) -> bytes:
    """Return an encoded notification."""
    return _encode({"jsonrpc": "2.0", "method": method, "params": params})
