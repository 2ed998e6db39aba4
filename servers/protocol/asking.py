"""A question to the client, as each revision knows it.

Questions come in the shape of 2026-07-28. Source: client/elicitation, client/sampling, client/roots of
each revision; 2025-06-18 has a smaller choice of form fields, and none of a page to open.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from servers.protocol.content import shape_block
from servers.protocol.revisions import V2024_11_05, V2025_06_18, V2025_11_25, Revision

Params = dict[str, Any]
# what a question needs of the client -> the revision that brought it
ABILITY_SINCE: dict[str, Revision] = {
    "roots": V2024_11_05,
    "sampling": V2024_11_05,
    "elicitation": V2025_06_18,
    "elicitation.url": V2025_11_25,
    "sampling.tools": V2025_11_25,
}
# type of a form field -> its keys in 2025-06-18
_FIELD_KEYS: dict[str, frozenset[str]] = {
    "string": frozenset({"description", "format", "maxLength", "minLength"}),
    "number": frozenset({"description", "maximum", "minimum"}),
    "integer": frozenset({"description", "maximum", "minimum"}),
    "boolean": frozenset({"description", "default"}),
}
_FORM_KEYS = frozenset({"$schema", "type", "properties", "required"})
"""Keys of a form since 2025-11-25: it has no title of its own, its message is one."""
_NEW_IN_SAMPLING = frozenset({"tools", "toolChoice"})


class Asked(NamedTuple):
    """A question as it goes to the client."""

    method: str
    params: Params


def shape_question(method: str, params: Params, revision: Revision, mark: str) -> Asked | None:
    """Return a question as the revision knows it, or None where it cannot be put there.

    `mark` names this question; 2025-11-25 tells it as the id of a page to open.
    """
    shaped = _SHAPES[method](params, revision, mark)
    return None if shaped is None else Asked(method, shaped)


def _shape_elicitation(params: Params, revision: Revision, mark: str) -> Params | None:
    if params.get("mode") == "url":
        return params if revision.stateless else {**params, "elicitationId": mark}
    if not revision.since(V2025_11_25):
        return _small_form(params)
    schema = params["requestedSchema"]
    known = {key: value for key, value in schema.items() if key in _FORM_KEYS}
    return {**params, "requestedSchema": known}


def _small_form(params: Params) -> Params | None:
    """Return a form with the fields that 2025-06-18 knows, or None if it has others."""
    schema = params["requestedSchema"]
    fields = {name: _small_field(field) for name, field in schema["properties"].items()}
    if None in fields.values():
        return None
    small = {key: schema[key] for key in ("type", "required") if key in schema}
    return {"message": params["message"], "requestedSchema": {**small, "properties": fields}}


def _small_field(field: Params) -> Params | None:
    """Return a form field for 2025-06-18, which has no choice of several and few defaults."""
    kind = field.get("type")
    if kind not in _FIELD_KEYS:
        return None
    titled = {"title": field["title"]} if "title" in field else {}
    base = {"type": kind, **titled}
    base |= {key: value for key, value in field.items() if key in _FIELD_KEYS[kind]}
    if "oneOf" in field:
        base["enum"] = [choice["const"] for choice in field["oneOf"]]
        base["enumNames"] = [choice["title"] for choice in field["oneOf"]]
    return base | {key: field[key] for key in ("enum", "enumNames") if key in field}


def _shape_sampling(params: Params, revision: Revision, mark: str) -> Params:
    if revision.since(V2025_11_25):
        return params
    kept = {key: value for key, value in params.items() if key not in _NEW_IN_SAMPLING}
    return {**kept, "messages": [one for m in params["messages"] for one in _split(m, revision)]}


def _split(message: Params, revision: Revision) -> list[Params]:
    """Return a message as several with one block each: older revisions know no list there."""
    content = message["content"]
    blocks = content if isinstance(content, list) else [content]
    return [{"role": message["role"], "content": _said(block, revision)} for block in blocks]


def _said(block: Params, revision: Revision) -> Params:
    """Return a block of a sampling message: text, image, and audio where it is known."""
    shaped = shape_block(block, revision)
    if shaped["type"] in {"text", "image", "audio"}:
        return shaped
    return {"type": "text", "text": f"[{block['type']}]"}


def _as_it_is(params: Params, revision: Revision, mark: str) -> Params:
    return params


_SHAPES: dict[str, Callable[[Params, Revision, str], Params | None]] = {
    "elicitation/create": _shape_elicitation,
    "sampling/createMessage": _shape_sampling,
    "roots/list": _as_it_is,
}
