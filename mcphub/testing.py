"""`call("add", a=1, b=2)`: an author's function through the real corridor, from the author's own pytest.

No database and no server: the snapshot is built from the author's file, the rest is what serves
clients: schema, gate, time limit, result checks. What the function asks of its client is answered from
a script (scripted.py). Import it first, as it sets Django up.
"""

import asyncio
import inspect
import os
import sys
import time
import uuid
import warnings
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mcphub.settings")
django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402

from accounts.caller import nobody  # noqa: E402
from catalog.authoring.asking import CAPABILITIES  # noqa: E402
from catalog.authoring.authored import authored_on  # noqa: E402
from catalog.authoring.errors import AuthoringWarning  # noqa: E402
from catalog.authoring.reading import authored_in  # noqa: E402
from catalog.authoring.sent import SENT  # noqa: E402
from catalog.definitions import canonical, sha256  # noqa: E402
from catalog.importers.python import app_origins, functions, load, tool_origins  # noqa: E402
from catalog.importers.python.loading import LoadedFile  # noqa: E402
from mcphub.scripted import Answers, Script, Scripted  # noqa: E402
from servers.calls import Call, Exchanged, Found, NotFound  # noqa: E402
from servers.capabilities.registry import capability  # noqa: E402
from servers.corridor import Corridor  # noqa: E402
from servers.limits import Limits  # noqa: E402
from servers.protocol.outcome import Outcome  # noqa: E402
from servers.protocol.revisions import V2026_07_28, Revision  # noqa: E402
from servers.published import PublishedServer  # noqa: E402
from servers.services.naming import ADDRESS_FIELD  # noqa: E402
from servers.snapshot import EntryRow, Rows, ServerRow, Snapshot, build  # noqa: E402


@dataclass
class Heard(Script):
    """What a call said while it ran: progress as (value, total, message), log as (level, data).

    What it asked and announced is the script's: `asked`, `announced`, `steps`, `stream_closed`.
    """

    progress_made: list[tuple[float, float | None, str | None]] = field(default_factory=list)
    logged: list[tuple[str, Any]] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    stopped: str = ""
    trace_id: str = ""
    address: str = ""
    revision: Revision = V2026_07_28
    stop_reason: str = ""

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        """Keep a progress notification."""
        self.progress_made.append((value, total, message))
        return SENT

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        """Keep a log message."""
        self.logged.append((level, data))
        return SENT

    def cancelled(self) -> bool:
        """Return whether the call was stopped."""
        return bool(self.stopped)

    def limit(self, seconds: float) -> None:
        """Stop the call after so many seconds."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        loop.call_later(seconds, self._time_out, task)

    def stop(self, reason: str, words: str = "") -> None:
        """Stop the call: nobody does here, as there is nothing that could be stopped."""

    def _time_out(self, task: "asyncio.Task[Any] | None") -> None:
        """Stop a call that took too long."""
        if task is not None and not task.done():
            self.stopped = "timeout"
            task.cancel()

    # --- the corridor's recorder: there is no audit trail to write to ---

    def accepting(self) -> bool:
        """Return that calls can be recorded."""
        return True

    def started(self) -> int:
        """Return no particular moment."""
        return 0

    def given(self, call: Call, found: Found) -> None:
        """Return that nothing is kept."""

    def record(
        self, call: Call, found: Found, outcome: str, started: int, content: Exchanged | None
    ) -> None:
        """Keep how the call ended."""
        self.outcomes.append(outcome)


Named = str | Callable[..., Any]


def call(
    what: Named,
    /,
    *,
    answers: Answers = (),
    client: Collection[str] = CAPABILITIES,
    arguments: Mapping[str, Any] | None = None,
    **more: Any,
) -> Outcome:
    """Call a tool (or fetch a prompt) by its function or its name; return its outcome.

    By name it is looked for in the installed apps and in MCPHUB_TOOLS. A failed tool is an outcome
    with `is_error`; a name that does not exist raises LookupError.

    `answers` are what the client says when it is asked, by the author's keys or in order: a form's
    content or "decline", a model's text, a list of roots, or a result as it travels. LookupError for a
    question without one. `client` is what the client can, all of it by default. Arguments that
    have one of these names go into `arguments`.
    """
    heard = Heard(answers, client)
    return _walk(what, {"tool", "prompt"}, {**(arguments or {}), **more}, heard)


def listen(
    what: Named,
    /,
    *,
    answers: Answers = (),
    client: Collection[str] = CAPABILITIES,
    arguments: Mapping[str, Any] | None = None,
    **more: Any,
) -> tuple[Outcome, Heard]:
    """Call a tool like `call` and return also what it said and asked while it ran."""
    heard = Heard(answers, client)
    return _walk(what, {"tool", "prompt"}, {**(arguments or {}), **more}, heard), heard


def read(
    uri: str,
    *,
    of: Callable[..., Any] | None = None,
    answers: Answers = (),
    client: Collection[str] = CAPABILITIES,
) -> Outcome:
    """Read a resource, or an address that a template covers; `of` is any function of its file."""
    return _walk(of, {"resource", "template"}, {}, Heard(answers, client), uri)


def _walk(
    what: Named | None,
    kinds: set[str],
    arguments: dict[str, Any],
    heard: Heard,
    uri: str = "",
) -> Outcome:
    """Walk the corridor on a snapshot of the author's file."""
    server = _server(_files(what))
    kind, name = ("resource", uri) if uri else _named(server, what, kinds)
    dialogue = partial(Scripted, heard)
    request = Call(kind, name, arguments, server, nobody(), heard, dialogue)
    try:
        limits = Limits(time.monotonic, shared=False)
        outcome = asyncio.run(Corridor(capability, heard, limits).walk(request))
    except NotFound:
        raise LookupError(f"no {kind} {name!r} in the author's files") from None
    if heard.unanswered is not None:  # the function's call ended in whatever it makes of that
        raise heard.unanswered
    return outcome


def _files(what: Named | None) -> list[LoadedFile]:
    """Return the files to look in: the function's own as imported, or all that the hub would load."""
    if callable(what):
        module = sys.modules[what.__module__]
        path = Path(inspect.getfile(what))
        loaded = [LoadedFile(f"test:{path.stem}", path.stem, path, tuple(authored_in(module)))]
    else:
        origins = [*app_origins(apps.get_app_configs()), *tool_origins(settings.TOOL_PATHS)]
        loaded = [load(origin) for origin in origins]
    for file in loaded:
        if file.problem is not None:
            raise LookupError(str(file.problem))
        for caution in file.cautions:
            warnings.warn_explicit(caution.cause, AuthoringWarning, caution.file, caution.line)
        functions.replace(file)
    return loaded


def _named(server: PublishedServer, what: Named | None, kinds: set[str]) -> tuple[str, str]:
    """Return the kind and name a call means."""
    authored = authored_on(what) if callable(what) else None
    if authored is not None:
        return authored.kind, authored.name
    for kind in kinds:
        if server.find(kind, str(what)) is not None:
            return kind, str(what)
    raise LookupError(f"no tool or prompt is called {what!r}")


def _server(files: list[LoadedFile]) -> PublishedServer:
    """Return a public server that publishes all of some files."""
    rows, bodies = [], {}
    for file in files:
        for position, authored in enumerate(file.entries):
            body = canonical(authored.definition)
            bodies[sha256(body)] = body
            exposed = authored.definition[ADDRESS_FIELD.get(authored.kind, "name")]
            rows.append(
                EntryRow(
                    server=1,
                    kind=authored.kind,
                    exposed_name=exposed,
                    position=position,
                    source_kind="python",
                    source=file.key,
                    name=authored.name,
                    tags=frozenset(authored.tags),
                    sha256=sha256(body),
                    durable=False,
                    enabled=True,
                    missing=False,
                    source_enabled=True,
                    public_id=uuid.uuid4(),
                )
            )
    server = ServerRow(1, uuid.uuid4(), "test", "Test", "", "public", None, "", ())
    snapshot = build(Rows(1, [server], rows, bodies, frozenset()), Snapshot(), "0")
    return snapshot.servers["test"]
