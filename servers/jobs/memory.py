"""How much memory a job may use, where its process works on one at a time: what is beyond raises MemoryError.

Counted is what the process asks for to write in (Linux's RLIMIT_DATA), from where it stands when the job
begins; elsewhere there is no limit.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "linux":
    import resource

THREADS_BYTES = 32 * 1024 * 1024
"""For the stacks of threads that begin with the job."""
_STATUS = Path("/proc/self/status")


@contextlib.contextmanager
def bounded(megabytes: int) -> Iterator[None]:
    """Let this process use so much more while it lasts; 0 is no limit."""
    if sys.platform != "linux" or not megabytes or not _STATUS.exists():
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    most = _data() + megabytes * 1024 * 1024 + THREADS_BYTES
    hard = before[1]
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data() -> int:
    """Return the bytes this process asked for to write in."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0
