"""The socket a hub listens on: bound, or one sentence that says why not; and the end of dead peers.

A peer that vanished without a word, or whose window stays shut, is noticed by the system: what is set here
on the listening socket, Linux hands on to every connection it accepts. Elsewhere the system's own, far
longer times hold.
"""

import errno
import socket

UNHEARD_SECONDS = 60
"""How long a connection may be silent before the system asks whether its peer is there."""
ASKED_EVERY = 15
UNANSWERED_SECONDS = 90
"""How long a peer may leave unanswered what it was sent, a question of the system's or an answer for
which it has no room, until the connection ends (RFC 5482, and RFC 9293 section 3.8.3)."""
BACKLOG = 4096

_ANOTHER_HOST = "Set HOST to an address of this machine, such as 127.0.0.1."
_ADVICE = {
    errno.EADDRINUSE: "Stop what is there, or choose another PORT.",
    errno.EACCES: "Choose a PORT from 1024 on, or give the hub the right to this one.",
    errno.EADDRNOTAVAIL: _ANOTHER_HOST,
}
"""What to do about an address that cannot be had."""


class NoAddress(Exception):
    """An address that cannot be listened on; the text says which, why, and what to do."""


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; raises `NoAddress`."""
    name = host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        end_dead_peers(listener)
        listener.bind((name, port))
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        listener.close()
        raise NoAddress(f"cannot listen on {host}:{port}: {_why(error)}") from error
    listener.setblocking(False)
    return listener


def end_dead_peers(listener: socket.socket) -> None:
    """Have connections of this socket end when their peers do not answer any more."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    times = {
        "TCP_KEEPIDLE": UNHEARD_SECONDS,
        "TCP_KEEPINTVL": ASKED_EVERY,
        "TCP_USER_TIMEOUT": UNANSWERED_SECONDS * 1000,
    }
    for option, value in times.items():
        if hasattr(socket, option):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _why(error: OSError | UnicodeError) -> str:
    """Return what is wrong with an address, and what to do about it."""
    if isinstance(error, UnicodeError):
        return f"this is no name of a host. {_ANOTHER_HOST}"
    if isinstance(error, socket.gaierror):
        return f"{error.strerror}. {_ANOTHER_HOST}"
    return f"{error.strerror}. {_ADVICE.get(error.errno or 0, '')}".strip()
