"""Django's settings for tests: nothing of the shell's own hub gets in, nothing is left behind."""

import atexit
import os
import shutil
import tempfile

OWN = ("PORT", "HOST", "SERVER", "WORKERS")

for _name in list(os.environ):
    _of_pip = _name.startswith("PIP_")
    if _name in OWN or _name.startswith("MCPHUB_") or (_name.endswith("_URL") and not _of_pip):
        del os.environ[_name]

_folder = tempfile.mkdtemp(prefix="mcphub-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["MCPHUB_DATA"] = _folder
os.environ["MCPHUB_SECRET_KEY"] = "a key for tests that signs nothing that matters"
# Tests empty the cache, and a Redis passes messages on to all: each process of pytest-xdist may have its own.
_redis = os.environ.get("TEST_ON_REDIS", "").split(",")
if _process := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["TEST_ON_REDIS"] = (
        _redis[int(_process.removeprefix("gw"))] if _redis[1:] else _redis[0]
    )
for _setting, _service in (
    ("DATABASE_URL", os.environ.get("TEST_ON_POSTGRES", "")),
    ("REDIS_URL", os.environ.get("TEST_ON_REDIS", "").partition(",")[0]),
):
    if _service:
        os.environ[_setting] = _service

from mcphub.settings import *  # noqa: E402, F403

# Hashing slowly is what makes passwords safe, and tests long.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "accounts.hashers.RandomSecretHasher",
]
