"""completion/complete. Source: server/utilities/completion of each revision."""

from typing import Any

from servers.calls import NotFound
from servers.capabilities.base import Completing
from servers.methods.request import Request, object_param, walk_completing
from servers.protocol.errors import invalid_params

LONGEST_VALUE = 4_096
# type of a reference -> the kind of entry it names, and the key it is named by
REFERENCES: dict[str, tuple[str, str]] = {
    "ref/prompt": ("prompt", "name"),
    "ref/resource": ("template", "uri"),
}


async def complete(request: Request) -> bytes:
    """Return what an argument of a prompt, or a variable of a template, may become."""
    kind, name = _reference(object_param(request, "ref"))
    try:
        outcome = await walk_completing(request, kind, name, _completing(request))
    except NotFound:
        raise invalid_params(f"Unknown {kind}: {name[:128]}") from None
    return request.server.shaper.outcome(outcome, request.revision)


def _reference(ref: dict[str, Any]) -> tuple[str, str]:
    """Return the kind and name of what is referred to."""
    known = ref.get("type")
    kind, key = REFERENCES.get(known, ("", "")) if isinstance(known, str) else ("", "")
    name = ref.get(key)
    if not kind or not isinstance(name, str):
        raise invalid_params('"ref" is no reference to a prompt or a resource template.')
    return kind, name


def _completing(request: Request) -> Completing:
    """Return what is being typed."""
    argument, others = object_param(request, "argument"), _others(request)
    name, value = argument.get("name"), argument.get("value")
    if not isinstance(name, str) or not isinstance(value, str) or len(value) > LONGEST_VALUE:
        raise invalid_params('"argument" needs a name and a value, both strings.')
    return Completing(name, value, others)


def _others(request: Request) -> dict[str, str]:
    """Return the arguments that are filled in already (2025-06-18 and later)."""
    others = object_param(request, "context").get("arguments", {})
    if not isinstance(others, dict) or not all(isinstance(v, str) for v in others.values()):
        raise invalid_params('The values of "context.arguments" must be strings.')
    return others
