"""What machines ask a worker apart: /metrics of all its processes, /health/live, /health/ready.

A worker is ready while it hears its broker and one of its processes is able to work. Its main process
answers; it has no database connection of its own, which its children would inherit.
"""

import contextlib
import logging
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from celery import current_app
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from mcphub import apart
from mcphub.consumer import ear
from monitoring import metrics, views
from monitoring.health import Health

log = logging.getLogger(__name__)
ASK_SECONDS = 5.0
"""How long what the broker answered stands, and how long a client may take to ask."""
_GAUGES = re.compile(r"gauge_live[a-z]*_(\d+)\.db")


class Broker:
    """Whether the broker answers, asked at most every few seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked, self._found = -ASK_SECONDS, Health(False, "")

    def probe(self) -> Health:
        """Return what it answered lately."""
        with self._lock:
            if time.monotonic() - self._asked >= ASK_SECONDS:
                self._found = self._ask()
                self._asked = time.monotonic()
            return self._found

    def _ask(self) -> Health:
        if not ear.hears():
            return Health(False, "the worker does not hear it")
        try:
            with current_app.connection_for_read(connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=0, timeout=2)
        except (OperationalError, OSError) as error:
            return Health(False, f"does not answer ({type(error).__name__})")
        return Health(True, "answers")


_broker = Broker()


def processes() -> Health:
    """Probe: is a process of this worker able to work? Each says so, and when it is not."""
    able = round(metrics.value("mcphub_worker_processes"))
    return Health(able > 0, f"{able} able to work")


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Say whether this worker can do what it is there for."""
    probes = {"broker": _broker.probe(), "processes": processes()}
    fine = all(found.ok for found in probes.values())
    body = {
        "status": "ok" if fine else "down",
        "probes": {
            name: {"ok": found.ok, "detail": found.detail} for name, found in probes.items()
        },
    }
    return JsonResponse(body, status=200 if fine else 503, headers={"Cache-Control": "no-store"})


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/metrics": views.metrics,
    "/health/live": views.live,
    "/health/ready": ready,
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request, by the web process's own rules for who may see what."""
    view = VIEWS.get(environ["PATH_INFO"])
    forget_dead()
    try:
        if view is None:
            raise Http404
        response = view(WSGIRequest(environ))
    except Http404:
        response = HttpResponse("Not found\n", status=404, content_type="text/plain")
    headers = [*response.items(), ("Content-Length", str(len(response.content)))]
    start_response(f"{response.status_code} {response.reason_phrase}", headers)
    return [response.content]


def forget_dead() -> None:
    """Leave the gauges of children that have died out of the sums."""
    folder = apart.numbers()
    found = {match[1] for path in Path(folder).iterdir() if (match := _GAUGES.fullmatch(path.name))}
    for process in map(int, found):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            with contextlib.suppress(FileNotFoundError):  # two requests at once
                metrics.mark_dead(process, folder)


class Handler(WSGIRequestHandler):
    """Reads a request within a few seconds, and writes no line for it."""

    timeout = ASK_SECONDS

    def log_message(self, *_given: Any) -> None:
        """Write nothing: machines ask every few seconds."""


class Server(ThreadingMixIn, WSGIServer):
    """Answers several at once."""

    daemon_threads = True

    def handle_error(self, *_given: Any) -> None:
        """Leave a client alone that went away."""
        error = sys.exception()
        if not isinstance(error, OSError):
            log.error("a request to the worker's port failed", exc_info=error)


class Server6(Server):
    """The same for IPv6."""

    address_family = socket.AF_INET6


class Port:
    """A worker's port, while it serves."""

    def __init__(self) -> None:
        self._server: Server | None = None

    def open(self) -> None:
        """Begin to answer; ends the process with one sentence if the port is taken."""
        name = settings.HOST.strip("[]")
        kind = Server6 if ":" in name else Server
        try:
            self._server = kind((name, settings.WORKER_PORT), Handler)
        except OSError as error:
            address = f"{settings.HOST}:{settings.WORKER_PORT}"
            print(  # noqa: T201
                f"mcphub: the worker cannot listen on {address}: {error.strerror}.", file=sys.stderr
            )
            raise SystemExit(1) from error
        self._server.set_app(application)
        threading.Thread(target=self._server.serve_forever, name="port", daemon=True).start()

    def left(self) -> None:
        """Let go of the socket in a process that inherited it, and does not answer."""
        if self._server is not None:
            self._server.socket.close()


port = Port()
