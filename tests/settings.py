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
for _service, _setting in (("TEST_ON_POSTGRES", "DATABASE_URL"), ("TEST_ON_REDIS", "REDIS_URL")):
    if os.environ.get(_service):
        os.environ[_setting] = os.environ[_service]

from mcphub.settings import *  # noqa: E402, F403

# Hashing slowly is what makes passwords safe, and tests long.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "accounts.hashers.RandomSecretHasher",
]
