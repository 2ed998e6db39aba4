"""The one line a kind of capability is registered with."""

from functools import cache

from django.utils.module_loading import import_string

from servers.capabilities.base import Capability

# Kind of source -> the class that calls its entries, by path: loaded when the first is called.
CAPABILITIES: dict[str, str] = {
    "python": "servers.capabilities.functions.capability.Functions",
    "hub": "servers.finding.capability.OwnTools",
}


@cache
def capability(kind: str) -> Capability:
    """Return the capability that calls entries of this kind of source."""
    made: Capability = import_string(CAPABILITIES[kind])()
    return made
