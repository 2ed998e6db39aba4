"""What must be so before a `celery` command imports the rest: a broker, and a place for its numbers.

A worker of several processes shows the numbers of all: prometheus_client keeps them in files if it finds
the folder named when it is imported, which is why this runs first.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from django.conf import settings

MULTIPROC = "PROMETHEUS_MULTIPROC_DIR"
COMMANDS = {"worker": "a worker apart", "beat": "beat"}


def prepare() -> None:
    """Make ready for a worker or beat; ends the process where there is no broker for it."""
    command = _command()
    if command and settings.JOBS_EMBEDDED:
        print(  # noqa: T201
            f"mcphub: {COMMANDS[command]} needs MCPHUB_BROKER_URL or REDIS_URL.",
            file=sys.stderr,
        )
        raise SystemExit(2)
    if (
        command and str(settings.BASE_DIR) not in sys.path
    ):  # Celery adds it for its own import alone
        sys.path.insert(0, str(settings.BASE_DIR))
    if command == "worker" and settings.WORKER_PORT and MULTIPROC not in os.environ:
        folder = os.environ[MULTIPROC] = tempfile.mkdtemp(prefix="mcphub-metrics-")
        atexit.register(_remove, folder, os.getpid())


def numbers() -> str:
    """Return the folder in which the processes of this worker keep their numbers."""
    return os.environ[MULTIPROC]


def _command() -> str:
    """Return which of Celery's commands this process is, empty if none of these."""
    program = Path(sys.argv[0])
    if program.name != "celery" and program.parent.name != "celery":
        return ""
    return next((word for word in sys.argv[1:] if word in COMMANDS), "")


def _remove(folder: str, process: int) -> None:
    """Remove the folder at the end of the process that made it, not of those that it started."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
