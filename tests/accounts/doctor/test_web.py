"""doctor/web.py: each way to fail is told apart, and nothing is read without end."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accounts.doctor import web
from accounts.doctor.findings import Failed
from accounts.doctor.web import Web
from tests.live import free_port


@contextmanager
def speaking(*pieces: bytes, forever: bytes = b"") -> Iterator[str]:
    """A server that says this to whoever comes, then ends; or goes on for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def speak() -> None:
        with listener.accept()[0] as peer:
            peer.recv(4096)
            for piece in pieces:
                peer.sendall(piece)
            try:
                while forever and not stop.is_set():
                    peer.sendall(forever)
                    stop.wait(0.001)
            except OSError:
                return

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    stop.set()
    thread.join()
    listener.close()


def failure(url, seconds=10.0):
    with pytest.raises(Failed) as failed:
        Web(seconds).send("GET", url)
    return failed.value.code


def test_name_that_is_not_known():
    assert failure("http://nowhere.invalid/") == "dns_failed"


def test_port_where_nothing_listens():
    assert failure(f"http://127.0.0.1:{free_port()}/") == "refused"


def test_server_without_tls():
    with speaking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        assert failure(url.replace("http:", "https:")) == "tls_failed"


@pytest.mark.parametrize("said", [b"220 mail.example.com ESMTP\r\n", b"", b"HTTP/1.1 2"])
def test_server_that_speaks_something_else(said):
    with speaking(said) as url:
        assert failure(url) == "not_http"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_server_that_drips_is_left_when_the_time_is_over(head):
    with speaking(head, forever=b"x") as url:
        assert failure(url, seconds=0.2) in {"timeout", "not_http", "too_large"}


def test_answer_without_end_is_not_read_whole(monkeypatch):
    monkeypatch.setattr(web, "LARGEST", 1_000)
    with speaking(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_000) as url:
        assert failure(url) == "too_large"


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "server_error"), (502, "gateway_error"), (504, "gateway_error"), (429, "rate_limited")],
)
def test_status_that_means_the_same_everywhere(status, code):
    with speaking(b"HTTP/1.1 %d X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n" % status) as url:
        assert failure(url) == code


def test_what_the_answer_says_is_one_short_line_that_prints():
    said = b'{"error":"x\\u0000\\n\\u202e","error_description":"' + b"y" * 5_000 + b'"}'
    with speaking(b"HTTP/1.1 400 X\r\n\r\n" + said) as url:
        line = Web().send("GET", url).said
    assert line.isprintable() and line.startswith("400 x") and len(line) <= 300


@pytest.mark.parametrize("body", [b"", b"[1]", b"[" * 100_000, b"\xff", b'"x"'])
def test_what_is_no_json_object_is_none(body):
    with speaking(b"HTTP/1.1 200 X\r\n\r\n" + body) as url:
        assert Web().send("GET", url).document is None
