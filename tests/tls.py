"""A server of https on loopback with a certificate of an authority of its own, for tests of fetching."""

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Script = Callable[[ssl.SSLSocket], None]


def said(
    body: bytes, *headers: str, status: str = "200 OK", kind: str = "application/json"
) -> Script:
    """A whole answer."""
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    head = "\r\n".join((*lines, *headers, "", "")).encode()
    return lambda wire: wire.sendall(head + body)


def raw(*pieces: bytes) -> Script:
    """These very bytes."""
    return lambda wire: wire.sendall(b"".join(pieces))


@dataclass
class Server:
    """What it answers by path, and what it was asked."""

    port: int
    trust: ssl.SSLContext
    authority: str = ""
    """The certificate of the authority, for who does not share this process."""
    scripts: dict[str, Script] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    connections: int = 0
    leave: threading.Event = field(default_factory=threading.Event)

    def drip(self, before: bytes, piece: bytes) -> Script:
        """Something at once, then a piece again and again, for as long as anybody listens."""

        def script(wire: ssl.SSLSocket) -> None:
            wire.sendall(before)
            while not self.leave.wait(0.01):
                wire.sendall(piece)

        return script

    def silence(self) -> Script:
        """Nothing at all, until the test is over."""
        return lambda wire: bool(self.leave.wait(30)) and None


@contextlib.contextmanager
def serving(*names: str) -> Iterator[Server]:
    """Serve at a free port of 127.0.0.1, as these names."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as wire:
        made = certified(Path(folder), names)
        shown = made.shown
        server = Server(wire.getsockname()[1], made.trust, made.authority)
        shown.sni_callback = lambda _wire, name, _context: server.names.append(name)
        threading.Thread(target=_accept, args=(server, wire, shown), daemon=True).start()
        yield server
        server.leave.set()


def _accept(server: Server, wire: socket.socket, shown: ssl.SSLContext) -> None:
    """Take connections until the listening socket is closed."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = wire.accept()
            server.connections += 1
            threading.Thread(target=_answer, args=(server, connection, shown), daemon=True).start()


def _answer(server: Server, connection: socket.socket, shown: ssl.SSLContext) -> None:
    """Read one head and play the script of its path."""
    with (
        contextlib.suppress(OSError),
        connection,
        shown.wrap_socket(connection, server_side=True) as secured,
    ):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = secured.recv(4096)
            if not piece:
                return
            head += piece
        server.heads.append(head.decode("ascii"))
        nothing = said(b"", status="404 Not Found")
        server.scripts.get(head.split(b" ")[1].decode(), nothing)(secured)


@dataclass
class Certified:
    """What a client trusts, what the server shows, and the authority's certificate as text."""

    trust: ssl.SSLContext
    shown: ssl.SSLContext
    authority: str


def certified(folder: Path, names: tuple[str, ...]) -> Certified:
    """Certify these names by a new authority, and write the server's chain into the folder."""
    issuer = _key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a test")])
    own = _key()
    basic = x509.BasicConstraints(ca=True, path_length=0)
    authority = _signed(issuer, issuer[1], issuer[0].public_key(), (basic, True))
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    leaf = _signed(issuer, subject, own.public_key(), (alternative, False))
    path = folder / "chain.pem"
    path.write_bytes(
        own.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    told = authority.public_bytes(serialization.Encoding.PEM).decode()
    trust = ssl.create_default_context(cadata=told)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(path)
    return Certified(trust, shown, told)


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _signed(
    issuer: tuple[ec.EllipticCurvePrivateKey, x509.Name],
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    extension: tuple[x509.ExtensionType, bool],
) -> x509.Certificate:
    """A certificate for a day."""
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer[1], subject, key, x509.random_serial_number())
    dated = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    return dated.add_extension(extension[0], critical=extension[1]).sign(issuer[0], hashes.SHA256())
