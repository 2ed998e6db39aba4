"""What a client says it can do, as bits that fit into a session id.

Source: schema/<revision>.json, ClientCapabilities. An ability is named by its path in there; a bare
`elicitation` means forms, as it did before there was anything else.
"""

from collections.abc import Callable, Mapping
from typing import Any

Capabilities = Mapping[str, Any]


def _has(*path: str) -> Callable[[Capabilities], bool]:
    def declared(capabilities: Capabilities) -> bool:
        found: Any = capabilities
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return isinstance(found, Mapping)

    return declared


TASKS = "io.modelcontextprotocol/tasks"
"""The Tasks extension (ext-tasks); only 2026-07-28 knows it."""


def _takes_forms(capabilities: Capabilities) -> bool:
    modes = capabilities.get("elicitation")
    return isinstance(modes, Mapping) and ("form" in modes or "url" not in modes)


# The order is that of the bits in session ids.
ABILITIES: dict[str, Callable[[Capabilities], bool]] = {
    "roots": _has("roots"),
    "sampling": _has("sampling"),
    "elicitation": _takes_forms,
    "elicitation.url": _has("elicitation", "url"),
    "sampling.tools": _has("sampling", "tools"),
    "tasks": _has("extensions", TASKS),
}
_BITS = {name: 1 << place for place, name in enumerate(ABILITIES)}


def capability_bits(capabilities: Capabilities) -> int:
    """Return what a client declares, one bit for each ability."""
    return sum(_BITS[name] for name, declared in ABILITIES.items() if declared(capabilities))


def has_ability(bits: int, name: str) -> bool:
    """Return whether a client declared an ability; one that nobody knows is none."""
    return bool(bits & _BITS.get(name, 0))


def required_for(name: str) -> dict[str, Any]:
    """Return the capabilities a client must declare for an ability, as ClientCapabilities."""
    if name == "tasks":
        return {"extensions": {TASKS: {}}}
    required: dict[str, Any] = {}
    for part in reversed(name.split(".")):
        required = {part: required}
    return required
