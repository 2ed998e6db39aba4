"""listener.py: an address that cannot be had is told truly, and peers that are gone are given up."""

import errno
import select
import socket

import pytest

from mcphub import listener
from mcphub.listener import NoAddress, listening

HAS_TIMES = pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the times can be set on Linux alone"
)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_address_is_listened_on(host):
    with listening(host, 0) as found:
        assert not found.getblocking()
        socket.create_connection(found.getsockname()[:2]).close()


@pytest.mark.parametrize(
    ("host", "advice"),
    [
        ("192.0.2.1", "Set HOST to an address of this machine, such as 127.0.0.1."),
        ("[2001:db8::1]", "Set HOST to an address of this machine, such as 127.0.0.1."),
        ("notahost.invalid", "Set HOST to an address of this machine, such as 127.0.0.1."),
        ("not..a.host", "Set HOST to an address of this machine, such as 127.0.0.1."),
        ("n" * 70, "Set HOST to an address of this machine, such as 127.0.0.1."),
    ],
)
def test_address_of_no_interface_is_told_as_that(host, advice):
    with pytest.raises(NoAddress) as told:
        listening(host, 8000)
    text = str(told.value)
    assert text.startswith(f"cannot listen on {host}:8000: ") and text.endswith(f". {advice}")
    assert "PORT" not in text


def test_taken_port_is_told_as_that():
    with listening("127.0.0.1", 0) as taken, pytest.raises(NoAddress) as told:
        listening("127.0.0.1", taken.getsockname()[1])
    assert str(told.value).endswith("Stop what is there, or choose another PORT.")


def test_every_reason_that_is_advised_on_is_told_with_its_advice(monkeypatch):
    for number, advice in listener._ADVICE.items():
        assert listener._why(OSError(number, "What it is")) == f"What it is. {advice}"
    assert listener._why(OSError(errno.EIO, "What it is")) == "What it is."


def accepted(found: socket.socket) -> tuple[socket.socket, socket.socket]:
    """Return both ends of a connection, the client's first."""
    client = socket.create_connection(found.getsockname())
    found.setblocking(True)
    return client, found.accept()[0]


@HAS_TIMES
def test_every_connection_asks_whether_its_peer_is_there():
    with listening("127.0.0.1", 0) as found:
        client, ours = accepted(found)
        with client, ours:
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_USER_TIMEOUT)
            times = [ours.getsockopt(socket.IPPROTO_TCP, name) for name in names]
    assert times == [60, 15, 90_000]


@HAS_TIMES
def test_peer_that_never_has_room_is_given_up(monkeypatch):
    monkeypatch.setattr(listener, "UNANSWERED_SECONDS", 1)
    with listening("127.0.0.1", 0) as found:
        client, ours = accepted(found)
        with client, ours:
            ours.setblocking(False)
            with pytest.raises(BlockingIOError):
                while True:
                    ours.send(b"x" * 100_000)
            ended = select.poll()
            ended.register(ours, 0)  # of itself it tells of errors and the end
            assert ended.poll(60_000)
            with pytest.raises(TimeoutError):
                ours.recv(1)
