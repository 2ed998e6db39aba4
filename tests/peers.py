"""Clients whose messages share one channel, whichever it is: lines of a process, or a stream and POSTs.

What is promised over one is promised over the other: a test that is given a `transport` is run over each,
in the revisions that are spoken there.
"""

import pytest

from accounts.tokens import digest
from tests import oracle, sse
from tests.hub import Hub
from tests.sse import OverSse
from tests.stdio import Beside

PAIRS = [*(("stdio", each) for each in oracle.REVISIONS), ("sse", sse.REVISION)]
BEGUN = [pair for pair in PAIRS if pair[1] in oracle.HANDSHAKE]
"""Of the revisions that begin with initialize."""
every_revision = pytest.mark.parametrize(("transport", "revision"), PAIRS)
handshake = pytest.mark.parametrize(("transport", "revision"), BEGUN)


@pytest.fixture
def transport() -> str:
    """Lines, where a test does not say more."""
    return "stdio"


def peer(
    hub: Hub, transport: str, slug: str = "open", token: str | None = None
) -> Beside | OverSse:
    """Return a client in the test's own process; `token` is a bearer token, None for nobody."""
    if transport == "sse":
        return OverSse(hub, slug, token)
    return Beside(hub, slug, digest(token) if token else None)
