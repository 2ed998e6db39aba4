"""A program at a terminal of its own: what it writes is read as it comes, and answered."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SECONDS = 60.0
CONTROL = re.compile(rb"\x1b\[[0-9;?<>=]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78]")
ADDRESS = re.compile(rb"https?://[!-~]+/authorize\?[!-~]+(?=[^!-~])")


class Hung(Exception):
    """A program did not say what is waited for; the text is what it said instead."""


class Terminal:
    """A running program, and all it has written so far."""

    def __init__(self, master: int, process: "subprocess.Popen[bytes]") -> None:
        self._master, self.process, self.written = master, process, b""

    def address(self) -> str:
        """Wait for the address that a person is to open, and return it."""
        return self.until(ADDRESS).decode()

    def until(self, pattern: re.Pattern[bytes]) -> bytes:
        """Wait until it has written this, whole; return that. Raises Hung."""
        deadline = time.monotonic() + SECONDS
        while True:
            found = pattern.search(self.written)
            if found:
                return found[0]
            if not self._read(deadline):
                raise Hung(self.text)

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._master, text.encode())

    def end(self) -> int:
        """Wait until it is done, and return its exit code. Raises Hung."""
        deadline = time.monotonic() + SECONDS
        while self._read(deadline):
            pass
        try:
            return self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Hung(self.text) from None

    @property
    def text(self) -> str:
        """What it wrote, without colours and movements."""
        return CONTROL.sub(b"", self.written).decode("utf-8", "replace").replace("\r", "")

    def _read(self, deadline: float) -> bool:
        """Read what there is; return whether there may be more."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # the program is gone
            return False
        self.written += piece
        return bool(piece)


@contextlib.contextmanager
def running(words: Sequence[str], environ: Mapping[str, str], folder: Path) -> Iterator[Terminal]:
    """Start a program, wide enough that no address is broken, and make sure that it is gone."""
    master, slave = pty.openpty()
    wide = {**environ, "TERM": "xterm-256color", "COLUMNS": "2000", "LINES": "200"}
    process = subprocess.Popen(
        words, env=wide, cwd=folder, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    try:
        yield Terminal(master, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(master)
