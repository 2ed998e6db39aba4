"""The hub's OAuth scopes, what each implies, and what each means to a person. Pure."""

from collections.abc import Iterable

READ = "mcp:read"
WRITE = "mcp:write"
DESTRUCTIVE = "mcp:destructive"
PROMPTS = "mcp:prompts"

SCOPES: dict[str, str] = {
    READ: "Read: read resources and call tools that only read",
    WRITE: "Write: call tools that change things",
    DESTRUCTIVE: "Destroy: call tools that delete or overwrite",
    PROMPTS: "Prompts: fetch prompts",
}
IMPLIES: dict[str, frozenset[str]] = {
    READ: frozenset({READ}),
    WRITE: frozenset({WRITE, READ}),
    DESTRUCTIVE: frozenset({DESTRUCTIVE, WRITE, READ}),
    PROMPTS: frozenset({PROMPTS}),
}
DEFAULT = (READ, WRITE, PROMPTS)
EVERY = frozenset(SCOPES)


def expand(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes with all that they imply; unknown ones give nothing."""
    return frozenset().union(*(IMPLIES.get(scope, frozenset()) for scope in scopes))


def least(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the fewest scopes that mean the same, in the hub's order; unknown ones are left out.

    What clients are told to ask for: they ask for all they are told, and a person reads each.
    """
    held = expand(scopes)
    implied = frozenset().union(*(IMPLIES[scope] - {scope} for scope in held))
    return tuple(scope for scope in SCOPES if scope in held and scope not in implied)


def unknown(scopes: Iterable[str]) -> list[str]:
    """Return the scopes the hub does not have, in the order given."""
    return [scope for scope in scopes if scope not in SCOPES]
