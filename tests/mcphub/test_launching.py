"""launching.py: several web processes on one socket, kept by their parent."""

import contextlib
import signal
import subprocess
import sys

# A family of two that wait; the first that is started dies instead, and leaves its gauges.
PROGRAM = """
import os, signal, subprocess, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.conf import settings
from mcphub import launching

settings.WORKERS = 2
WAIT = "import signal; print('up', flush=True); signal.pause()"
GONE = "import os, sys; open(f'{sys.argv[1]}/gauge_livesum_{os.getpid()}.db', 'w'); sys.exit(1)"

class Family(launching._Family):
    started = 0

    def _spawn(self):
        Family.started += 1
        code = GONE if Family.started == 1 else WAIT
        return subprocess.Popen([sys.executable, "-c", code, sys.argv[1]])

family = Family(0, {launching.MULTIPROC: sys.argv[1]})
signal.signal(signal.SIGTERM, family.stop)
family.keep()
print("started", Family.started, flush=True)
"""


def test_member_that_died_is_replaced_and_all_are_stopped(tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        try:
            assert [parent.stdout.readline() for _ in range(2)] == ["up\n"] * 2
            parent.send_signal(signal.SIGTERM)
            assert parent.stdout.read() == "started 3\n"
            assert parent.wait(20) == 0
            assert list(tmp_path.iterdir()) == []  # the dead one's gauges
        finally:
            with contextlib.suppress(ProcessLookupError):
                parent.kill()
