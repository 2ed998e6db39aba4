"""A proxy in front of a hub that does one thing wrong: what the connection doctor must name.

It passes on everything else as it comes, the Host header and streams too. `WRONG` is the table of
faults; a proxy runs in threads of its own, on a free port of loopback, with TLS if it is given one.
"""

import contextlib
import datetime
import http.client
import ipaddress
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class Own:
    """An answer that the proxy gives by itself."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wrong:
    """What a proxy does wrong: headers it drops on the way in or out, a Host of its own, answers of its
    own by the beginning of the path, methods it refuses, texts it replaces, streams it gathers, requests it
    swallows."""

    drops_in: tuple[str, ...] = ()
    drops_out: tuple[str, ...] = ()
    host: str = ""
    answers: Mapping[str, Own] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    replaces: tuple[tuple[str, str], ...] = ()
    gathers: bool = False
    hangs: bool = False

    def replaced(self, text: str) -> str:
        """Return a header or a body as the proxy passes it back."""
        for old, new in self.replaces:
            text = text.replace(old, new)
        return text


class _Handler(BaseHTTPRequestHandler):
    """Passes one request on, and its answer back."""

    server: "_Server"
    protocol_version = "HTTP/1.0"  # an answer ends with its connection

    def _pass_on(self) -> None:
        wrong = self.server.wrong
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if wrong.hangs:
            self.server.stopping.wait()
            return
        if self.command in wrong.refuses:
            return self._answer(405, [], b"")
        for beginning, own in wrong.answers.items():
            if self.path.startswith(beginning):
                return self._answer(own.status, list(own.headers.items()), own.body.encode())
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=30)
        with contextlib.closing(upstream):
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self._kept(wrong):
                upstream.putheader(name, value)
            upstream.putheader("Content-Length", str(len(body)))
            upstream.endheaders(body)
            self._pass_back(upstream.getresponse(), wrong)

    def _kept(self, wrong: Wrong) -> Iterator[tuple[str, str]]:
        for name, value in self.headers.items():
            if name.lower() == "host":
                yield name, wrong.host.format(port=self.server.upstream) or value
            elif name.lower() not in (*wrong.drops_in, *HOP_BY_HOP):
                yield name, value

    def _pass_back(self, answer: http.client.HTTPResponse, wrong: Wrong) -> None:
        drops = {*wrong.drops_out, *HOP_BY_HOP}
        headers = [
            (name, wrong.replaced(value))
            for name, value in answer.getheaders()
            if name.lower() not in drops
        ]
        if wrong.gathers or wrong.replaces:
            text = wrong.replaced(answer.read().decode())
            return self._answer(answer.status, headers, text.encode())
        self._answer(answer.status, headers, b"")
        while piece := answer.read1(65536):
            self.wfile.write(piece)
            self.wfile.flush()
        return None

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    do_GET = do_POST = do_DELETE = do_OPTIONS = do_HEAD = _pass_on

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream: int, wrong: Wrong) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.wrong, self.stopping = upstream, wrong, threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients leave when they have seen enough."""


@contextlib.contextmanager
def proxy(upstream: int, wrong: Wrong, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run a proxy in front of a port; yield its own."""
    server = _Server(upstream, wrong)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for the loopback names; return its file, and what serves with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a hub for tests")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    whole = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + made.public_bytes(serialization.Encoding.PEM)
    path.write_bytes(whole)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context
