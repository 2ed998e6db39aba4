"""What a batch lacks, found before any of it runs: it is refused whole if its token does not reach.

Only a status can tell a client to ask for more scopes (RFC 6750 section 3.1), and a batch has one. So each
of its calls is judged first, by the corridor that it will walk.
"""

from collections.abc import Iterable

from catalog.policy.verdict import Reason
from servers.calls import Call
from servers.corridor import Corridor
from servers.dispatch import METHODS
from servers.methods.request import Request, require_read
from servers.protocol.errors import InsufficientScope, ProtocolError
from servers.protocol.outcome import Outcome

WALKED = frozenset({"tools/call", "resources/read", "prompts/get", "completion/complete"})
"""Methods that walk the corridor."""
READING = frozenset({"logging/setLevel", "resources/subscribe", "resources/unsubscribe"})
"""Methods that need the scope to read, and walk nowhere."""


class Weighed(Exception):
    """A call that its token reaches for, or that ends before its scope matters; nothing was run."""


class Scales:
    """Stands in the corridor's place for calls that are not to begin yet."""

    def __init__(self, corridor: Corridor) -> None:
        self._corridor = corridor

    async def walk(self, call: Call) -> Outcome:
        """Raise InsufficientScope, recorded as for any denied call, or else Weighed."""
        if self._corridor.verdict(call).reason != Reason.INSUFFICIENT_SCOPE:
            raise Weighed
        return await self._corridor.walk(call)


async def lacking(requests: Iterable[tuple[str, Request]]) -> frozenset[str]:
    """Return the scopes that requests lack, each with its method, on scales; none of them runs."""
    found: set[str] = set()
    for method, request in requests:
        try:
            if method in READING:
                require_read(request)
            elif method in WALKED:
                await METHODS[method](request)
        except InsufficientScope as refusal:
            found.update(refusal.lacking)
        except (ProtocolError, Weighed):
            continue  # what else is wrong with it is told in its answer
    return frozenset(found)
