"""How many files a process may have open (RLIMIT_NOFILE), and how many streams follow from that.

A stream is a connection, and a connection is a file to the system. A process that serves raises its
own limit as far as it may without asking anybody, and keeps the rest of what it then has for other
things than streams: accepting a call must not fail because others listen.
"""

import contextlib
import logging
import sys

if sys.platform != "win32":
    import resource

log = logging.getLogger(__name__)
RESERVED = 256
"""Files kept for what is no stream, at least: 12 connections to the database, some to Redis, those of
blocking tools (32 threads by default), log and code, and the connections of calls that are under way."""
MOST_FILES = 1_048_576
"""Taken for no limit at all; also as far as a limit is raised, as Linux does by default (fs.nr_open)."""
FEW = 4_096
"""A limit below this is told: it is what one busy hub comes up against."""
WITHOUT_LIMITS = 512
"""Where the system has no such limit (Windows), what select() takes."""


def raise_limit() -> None:
    """Let this process open as many files as it may; says so in the log if they stay few. Never fails."""
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with contextlib.suppress(ValueError, OSError):  # a sandbox, or macOS with its own bound
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    files = most_files()
    if files < FEW:
        log.warning(
            "this process may have %d files open, so %d streams; raise the hard limit (ulimit -Hn) for more",
            files,
            most_streams(files),
        )


def most_files() -> int:
    """Return how many files this process may have open now."""
    if sys.platform == "win32":
        return WITHOUT_LIMITS
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_FILES if soft == resource.RLIM_INFINITY else min(soft, MOST_FILES)


def most_streams(files: int) -> int:
    """Return how many streams may be open where so many files may: a quarter is kept, 256 at least.

    Of less than 512 files half is kept, so that calls and pages are served there too.
    """
    return files - min(max(files // 4, RESERVED), files // 2)
