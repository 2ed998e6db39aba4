"""One HTTP request on its way through a transport, as values."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from servers.protocol.handshake import Session
from servers.protocol.revisions import Revision
from servers.transports.first_call import FirstCall
from servers.transports.guards import Guards, Message, Receive, Send
from servers.transports.head import Head
from servers.transports.host import Admission, Host

Header = tuple[bytes, bytes]
Answer = Callable[[Sequence[Header], bytes], bool]
"""A server's short way for a complete JSON answer: headers besides, body; False if it cannot now."""


class Conversation(NamedTuple):
    """Who asks, how to answer, and what every answer carries.

    `answer` is the server's short way, where it has one (`mcphub.answer` in the scope). `first` watches
    the call, where it may be the first that gets through.
    """

    host: Host
    admission: Admission
    head: Head
    receive: Receive
    send: Send
    extra: list[Header]
    slug: str
    answer: Answer | None
    scope: Message
    guards: Guards
    first: FirstCall | None = None

    @property
    def address(self) -> str:
        """The client's IP address, worked out when it is asked for."""
        return self.guards.address(self.scope, self.head.fields)


class Era(NamedTuple):
    """How a request is to be understood: in which revision, and what its client can do.

    `abilities` are the bits of protocol/abilities; `log_level` is what this request asked for.
    """

    revision: Revision
    session: Session | None = None
    log_level: str | None = None
    abilities: int = 0
