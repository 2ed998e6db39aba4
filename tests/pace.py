"""What keeps the tests quick and changes nothing that they show."""

import gc

from whitenoise.base import StaticFile
from whitenoise.middleware import WhiteNoiseMiddleware

_looked_up: dict[str, dict[str, StaticFile]] = {}
_look_up = WhiteNoiseMiddleware.add_files_from_finders


def _look_up_once(self: WhiteNoiseMiddleware) -> None:
    """Take the static files as they were found first: each test client makes the middleware anew."""
    if self.static_prefix not in _looked_up:
        _look_up(self)
        _looked_up[self.static_prefix] = dict(self.files)
    self.files.update(_looked_up[self.static_prefix])


def keep() -> None:
    """Begin: called once a process, when all tests are collected."""
    WhiteNoiseMiddleware.add_files_from_finders = _look_up_once
    # Twelve thousand collected tests are no garbage, and need not be walked through for any.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
