"""The judge of what the hub sends: the official schema of each revision, read strictly.

`check` refuses what the schema refuses, and what it only lets through: the schemas are open, so that
a key a revision has never heard of would pass. Here each object is closed to the members its own
revision names, except where a revision leaves the content to others (`_meta`, a tool's schemas).

An error may come without an id: that is what a request is told whose id could not be read. Whether
it could is known to who sent it, so `tests/watching.py` looks at that.

Source: schema/<revision>.json; error codes by basic/index of 2026-07-28 (Error Codes).
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests import oracle_tasks

NEWEST = "2026-07-28"
REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", NEWEST)
HANDSHAKE = REVISIONS[:-1]
LISTEN = "subscriptions/listen"
FOLDER = Path(__file__).with_name("schema")

RESULTS = {
    "initialize": "InitializeResult",
    "ping": "EmptyResult",
    "server/discover": "DiscoverResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
    "resources/list": "ListResourcesResult",
    "resources/templates/list": "ListResourceTemplatesResult",
    "resources/read": "ReadResourceResult",
    "resources/subscribe": "EmptyResult",
    "resources/unsubscribe": "EmptyResult",
    "prompts/list": "ListPromptsResult",
    "prompts/get": "GetPromptResult",
    "completion/complete": "CompleteResult",
    "logging/setLevel": "EmptyResult",
    LISTEN: "SubscriptionsListenResult",
}
TASKS = frozenset({*oracle_tasks.OF_EXTENSION, *oracle_tasks.OF_EXPERIMENT})
MAY_ASK = ("tools/call", "prompts/get", "resources/read")
"""Methods whose answer may be a question (2026-07-28 basic/patterns/mrtr)."""

STANDARD = {
    -32700: "ParseError",
    -32600: "InvalidRequestError",
    -32601: "MethodNotFoundError",
    -32602: "InvalidParamsError",
    -32603: "InternalError",
}
SPECIFIC = {
    "2025-11-25": {-32042: "URLElicitationRequiredError"},
    NEWEST: {
        -32020: "HeaderMismatchError",
        -32021: "MissingRequiredClientCapabilityError",
        -32022: "UnsupportedProtocolVersionError",
    },
}
NOT_FOUND = -32002
RESERVED_CODES = range(-32768, -31999)

# What stands on the stream of one request, and what on a subscription's, since 2026-07-28.
OF_A_REQUEST = {"notifications/progress", "notifications/message"}
OF_A_SUBSCRIPTION = {
    "notifications/subscriptions/acknowledged",
    "notifications/tools/list_changed",
    "notifications/prompts/list_changed",
    "notifications/resources/list_changed",
    "notifications/resources/updated",
    "notifications/cancelled",
    oracle_tasks.NOTIFICATION,
}
SERVER_INFO = "io.modelcontextprotocol/serverInfo"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
RESERVED_META = {
    "2025-11-25": {"io.modelcontextprotocol/related-task"},
    NEWEST: {SERVER_INFO, SUBSCRIPTION},
}

# Members whose content a revision leaves to others, by name.
OPEN = {"_meta", "inputSchema", "outputSchema"}
BASES = {"JSONRPCRequest", "JSONRPCNotification", "Request", "Notification"}
FOREIGN = OPEN | {"structuredContent", "arguments", "data", "input", "experimental", "extensions"}

_LABEL = r"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_META_KEY = re.compile(
    rf"(?:(?P<prefix>{_LABEL}(?:\.{_LABEL})*)/)?(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?"
)
_RESERVED_LABELS = {"mcp", "modelcontextprotocol"}


class Refused(AssertionError):
    """A message that its revision does not allow."""


def check(message: Any, revision: str, method: str | None = None) -> None:
    """Judge one message that the hub sent in a revision; raises Refused.

    `method` is that of the request it answers, or on whose stream it stands; None where nobody can
    tell, as on the stream of a session, which a result must not stand on.
    """
    _require(isinstance(message, dict), "a message is an object", message)
    _require(message.get("jsonrpc") == "2.0", 'jsonrpc is "2.0"', message)
    if "method" in message:
        _check_sent(message, revision, method)
    elif "error" in message:
        _check_error(message, revision)
    else:
        _check_result(message, revision, method)


# --- results --------------------------------------------------------------------------------------


def _check_result(message: dict[str, Any], revision: str, method: str | None) -> None:
    """Judge an answer."""
    _require(set(message) == {"jsonrpc", "id", "result"}, "an answer has id and result", message)
    _valid(message["id"], revision, "RequestId")
    result = message["result"]
    _require(isinstance(result, dict), "a result is an object", message)
    _require(method in client_methods(revision), f"{revision} knows the method {method}", message)
    if revision == NEWEST:
        _check_kind(result, str(method))
    _check_metas(result, revision)
    if oracle_tasks.is_created(result, revision, method):
        return oracle_tasks.check_created(result, revision, _valid)
    if str(method) in TASKS:
        return oracle_tasks.check_result(result, revision, str(method), _valid)
    asks = revision == NEWEST and result["resultType"] == "input_required"
    _valid(result, revision, "InputRequiredResult" if asks else RESULTS[str(method)])
    if method == LISTEN:
        same = _same(result["_meta"][SUBSCRIPTION], message["id"])
        _require(same, "subscriptionId is the id of the request", message)


def _check_kind(result: dict[str, Any], method: str) -> None:
    """Judge what every result says of itself since 2026-07-28."""
    kind = result.get("resultType")
    allowed = ("complete", "input_required") if method in MAY_ASK else ("complete",)
    allowed += ("task",) if method == oracle_tasks.CREATED else ()
    _require(kind in allowed, f"resultType of {method} is one of {allowed}", result)
    _require(SERVER_INFO in result.get("_meta", {}), "a result names the server", result)
    if kind == "input_required":
        told = result.get("inputRequests") or "requestState" in result
        _require(bool(told), "a question has inputRequests or requestState", result)


# --- errors ---------------------------------------------------------------------------------------


def _check_error(message: dict[str, Any], revision: str) -> None:
    """Judge an error."""
    _valid({"id": 0, **message}, revision, "JSONRPCErrorResponse", "JSONRPCError")
    code = message["error"]["code"]
    _require(_may_send(code, revision), f"{code} is a code of {revision}", message)
    specific = SPECIFIC.get(revision, {})
    if code in specific:
        _valid(message, revision, specific[code])
    elif code in STANDARD and STANDARD[code] in _definitions(revision):
        _valid(message["error"], revision, STANDARD[code])


def _may_send(code: int, revision: str) -> bool:
    """Return whether a revision has a code, or leaves it to everyone."""
    if code in STANDARD or code in SPECIFIC.get(revision, {}) or code not in RESERVED_CODES:
        return True
    return code == NOT_FOUND and revision != NEWEST


# --- notifications and requests -------------------------------------------------------------------


def _check_sent(message: dict[str, Any], revision: str, method: str | None) -> None:
    """Judge what the hub sends of itself."""
    asks = "id" in message
    if _is_of_tasks(message, revision):
        _check_metas(message["params"], revision)
        oracle_tasks.check_notification(message, _valid)
        if revision == NEWEST:
            _check_stream(message, message["params"].get("_meta", {}), method)
        return
    message = _without_tasks(message) if revision == NEWEST else message
    _valid(message, revision, "JSONRPCRequest" if asks else "JSONRPCNotification")
    union = "ServerRequest" if asks else "ServerNotification"
    known = _methods(revision, union)
    name = known.get(message["method"])
    _require(name is not None, f"{revision} has a {union} {message['method']}", message)
    named = _definitions(revision)[str(name)]["properties"]
    _valid({key: message[key] for key in message if key in named}, revision, str(name))
    params = message.get("params", {})
    _check_metas(params, revision)
    if revision == NEWEST:
        _check_stream(message, params.get("_meta", {}), method)


def _is_of_tasks(message: Mapping[str, Any], revision: str) -> bool:
    """Return whether a notification is one of a system of tasks that the revision has."""
    of = {NEWEST: oracle_tasks.NOTIFICATION, oracle_tasks.EXPERIMENT: oracle_tasks.STATUS}
    return message["method"] == of.get(revision)


def _without_tasks(message: dict[str, Any]) -> dict[str, Any]:
    """Return an acknowledgement without the tasks in it, which the extension brings."""
    said = message.get("params", {}).get("notifications", {})
    if "taskIds" not in said:
        return message
    _valid(said, oracle_tasks.EXTENSION, "TaskSubscriptionAcknowledgedNotifications")
    rest = {key: value for key, value in said.items() if key != "taskIds"}
    return {**message, "params": {**message["params"], "notifications": rest}}


def _check_stream(message: dict[str, Any], meta: Mapping[str, Any], method: str | None) -> None:
    """Judge whether a notification belongs on the stream it stands on (2026-07-28)."""
    listening = method == LISTEN
    allowed = OF_A_SUBSCRIPTION if listening else OF_A_REQUEST
    _require(message["method"] in allowed, f"the stream of {method} has {sorted(allowed)}", message)
    _require(
        listening == (SUBSCRIPTION in meta),
        "what belongs to a subscription names it, and nothing else does",
        message,
    )


def client_methods(revision: str) -> set[str]:
    """Return the methods that clients may ask for in a revision, and the hub may answer."""
    of_tasks = {
        NEWEST: oracle_tasks.OF_EXTENSION,
        oracle_tasks.EXPERIMENT: oracle_tasks.OF_EXPERIMENT,
    }
    known = RESULTS.keys() & _methods(revision, "ClientRequest").keys()
    return known | of_tasks.get(revision, {}).keys()


# --- what the schemas leave open ------------------------------------------------------------------


def _check_metas(value: Any, revision: str) -> None:
    """Judge the keys of every `_meta` (basic/index, `_meta`)."""
    for meta in _metas(value):
        for key in meta:
            match = _META_KEY.fullmatch(key)
            _require(match is not None, "a key of _meta is [prefix/]name", key)
            known = key in RESERVED_META.get(revision, set())
            _require(known or not _is_reserved(match and match["prefix"]), "no reserved key", key)


def _metas(value: Any) -> Iterator[dict[str, Any]]:
    """Yield each `_meta` in a value that is the protocol's own."""
    if isinstance(value, dict):
        if isinstance(value.get("_meta"), dict):
            yield value["_meta"]
        for key, inner in value.items():
            if key not in FOREIGN:
                yield from _metas(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _metas(inner)


def _is_reserved(prefix: str | None) -> bool:
    """Return whether a prefix is the protocol's: its second label says so, or the last but one."""
    labels = prefix.split(".") if prefix else []
    return bool(_RESERVED_LABELS & {*labels[1:2], *labels[-2:-1]})


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same, numbers and texts told apart."""
    return json.dumps(one) == json.dumps(other)


# --- the schemas ----------------------------------------------------------------------------------


def _require(condition: bool, rule: str, value: Any) -> None:
    """Refuse a message that breaks a rule."""
    if not condition:
        raise Refused(f"{rule}: {str(value)[:600]}")


def _valid(value: Any, revision: str, *names: str) -> None:
    """Judge a value by the first of the definitions that a revision has."""
    name = next(name for name in names if name in _definitions(revision))
    error = next(_validator(revision, name).iter_errors(value), None)
    if error is not None:
        where = "/".join(map(str, error.instance_path))
        raise Refused(f"{revision} {name} at /{where}: {error.message[:400]}: {str(value)[:400]}")


@cache
def _document(revision: str) -> dict[str, Any]:
    """Return a schema, closed."""
    document: dict[str, Any] = json.loads((FOLDER / f"{revision}.json").read_text())
    for name, definition in _parts(document).items() if revision in REVISIONS else ():
        if name not in BASES and not name.endswith("MetaObject"):
            _close(definition)
    return document


def _parts(document: dict[str, Any]) -> dict[str, Any]:
    """Return a schema's definitions, by name."""
    parts: dict[str, Any] = document.get("definitions") or document["$defs"]
    return parts


def _definitions(revision: str) -> dict[str, Any]:
    return _parts(_document(revision))


def _close(node: Any, name: str = "") -> None:
    """Let each object have no members but those that are named for it."""
    if isinstance(node, list):
        for each in node:
            _close(each)
    if not isinstance(node, dict) or name in OPEN:
        return
    if isinstance(node.get("properties"), dict):
        node["additionalProperties"] = False
        for key, inner in node["properties"].items():
            _close(inner, key)
    for keyword in ("items", "anyOf", "additionalProperties"):
        _close(node.get(keyword))


@cache
def _validator(revision: str, name: str) -> Any:
    """Return the compiled validator of one definition."""
    document = _document(revision)
    place = "definitions" if "definitions" in document else "$defs"
    draft = "Draft7Validator" if place == "definitions" else "Draft202012Validator"
    schema = {**document, "$ref": f"#/{place}/{name}"}
    build = getattr(jsonschema_rs, draft)
    return build(schema, validate_formats=True, formats={"byte": _is_base64})


@cache
def _methods(revision: str, union: str) -> dict[str, str]:
    """Return the definitions a union has, by the method each is for."""
    definitions = _definitions(revision)
    names = [
        each["$ref"].rpartition("/")[2] for each in definitions.get(union, {}).get("anyOf", [])
    ]
    return {definitions[name]["properties"]["method"]["const"]: name for name in names}


def _is_base64(text: str) -> bool:
    """Return whether a text is base64, as contents and media are."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
