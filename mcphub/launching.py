"""How a hub comes up: prepare the database once, say where it is, serve with the chosen server."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.utils.module_loading import import_string

from mcphub import descriptors, first_start
from mcphub.apart import MULTIPROC
from mcphub.listener import NoAddress, listening
from monitoring import metrics

SERVE = {"daphne": "mcphub.serving.daphne.serve", "uvicorn": "mcphub.serving.uvicorn.serve"}


def launch() -> None:
    """Prepare, tell, serve; returns when told to stop.

    Exits with 1 and one sentence if the address cannot be had or the database does not answer.
    """
    listener = _listen()
    prepare()
    if settings.WORKERS > 1:
        _serve_by_several(listener)
    else:
        _serve(settings.SERVER, listener)


def prepare() -> None:
    """Prepare the database and say what there is; exits with 1 and one sentence if it does not answer."""
    try:
        lines = first_start.prepare()
    except OperationalError as error:
        reason = " ".join(str(error).split())[:300]
        print(f"mcphub: the database cannot be used: {reason}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    for line in lines:
        print(line, flush=True)  # noqa: T201


def serve_inherited(descriptor: int) -> None:
    """Serve as one of several web processes on a socket the parent holds."""
    _serve("uvicorn", socket.socket(fileno=descriptor))


def serve_daphne(*, host: str, port: int, signals: bool) -> None:
    """Serve with daphne on an address of its own (runserver)."""
    listener = listening(host, port)
    descriptors.raise_limit()
    import_string(SERVE["daphne"])(listener=listener, ready=ready_line(), signals=signals)


def ready_line() -> str:
    """Return what the hub prints when it serves."""
    return f"mcphub ready {settings.PUBLIC_URL}"


def _serve(server: str, listener: socket.socket) -> None:
    """Serve with one server; its module is loaded only if it is chosen."""
    descriptors.raise_limit()
    import_string(SERVE[server])(listener=listener, ready=ready_line())


def _listen() -> socket.socket:
    """Return a listening socket, before anything is prepared: a taken port should be told at once."""
    try:
        return listening(settings.HOST, settings.PORT)
    except NoAddress as error:
        print(f"mcphub: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from error


def _serve_by_several(listener: socket.socket) -> None:
    """Keep WORKERS web processes on one socket; pass on the signal to stop, replace one that died."""
    with tempfile.TemporaryDirectory(prefix="mcphub-metrics-") as numbers:
        listener.set_inheritable(True)
        family = _Family(listener.fileno(), {**os.environ, MULTIPROC: numbers})
        signal.signal(signal.SIGTERM, family.stop)
        signal.signal(signal.SIGINT, family.stop)
        family.keep()


QUICK_DEATH = 1.0
"""Seconds within which the death of a member is followed by a pause as long."""


class _Family:
    """The web processes of one hub."""

    def __init__(self, descriptor: int, environ: dict[str, str]) -> None:
        self._descriptor, self._environ = descriptor, environ
        self._stopping = False
        self._members: list[subprocess.Popen[bytes]] = []

    def keep(self) -> None:
        """Keep WORKERS members, replacing those that die, until told to stop."""
        self._fill()
        while self._members:
            begun = time.monotonic()
            pid, _status = os.wait()
            gone = next((member for member in self._members if member.pid == pid), None)
            if gone is None:
                continue
            self._members.remove(gone)
            metrics.mark_dead(pid, self._environ[MULTIPROC])
            if not self._stopping and time.monotonic() - begun < QUICK_DEATH:
                time.sleep(QUICK_DEATH)  # one that dies at its start would be started for ever
            self._fill()

    def _fill(self) -> None:
        """Start the members that are lacking."""
        while len(self._members) < settings.WORKERS and not self._stopping:
            self._members.append(self._spawn())
            if self._stopping:  # told while this one was started, which did not hear it
                self.stop()

    def stop(self, *_signal: Any) -> None:
        """Tell every member to stop."""
        self._stopping = True
        for member in self._members:
            # Not terminate(): it takes the status of one that is dead, which keep() then waits for.
            with contextlib.suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGTERM)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        """Start one member."""
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "hub"]
        return subprocess.Popen(
            [*command, "--listener", str(self._descriptor)],
            env=self._environ,
            pass_fds=(self._descriptor,),
        )
