"""The hub's secret key: from the environment, from a file, or made once beside the SQLite database."""

import os
import secrets
from pathlib import Path

from mcphub.environment import BadSetting, words

SHORTEST_KEY = 32


def secret_keys(*, given: list[str], file: str, made_in: Path | None) -> list[str]:
    """Return the keys, the signing one first; `made_in` is the folder that may hold a generated one.

    Raises BadSetting when there is none and none may be made, or one is too short to resist guessing.
    """
    keys = given or _keys_in(file)
    if not keys:
        if made_in is None:
            raise BadSetting(
                "MCPHUB_SECRET_KEY or MCPHUB_SECRET_KEY_FILE is required with DATABASE_URL."
            )
        try:
            keys = [_made_once(made_in / "secret_key")]
        except OSError as error:
            raise BadSetting(f"MCPHUB_DATA cannot be used: {error.strerror}.") from error
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise BadSetting(f"MCPHUB_SECRET_KEY takes keys of at least {SHORTEST_KEY} characters.")
    return keys


def _keys_in(file: str) -> list[str]:
    """Return the keys a file holds, one a line or comma-separated; a file without any is a fault."""
    if not file:
        return []
    try:
        keys = words(Path(file).read_text(encoding="utf-8").replace("\n", ","))
    except OSError as error:
        raise BadSetting(f"MCPHUB_SECRET_KEY_FILE cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSetting("MCPHUB_SECRET_KEY_FILE cannot be read: it is no text.") from error
    if not keys:
        raise BadSetting("MCPHUB_SECRET_KEY_FILE holds no key.")
    return keys


def _made_once(path: Path) -> str:
    """Return the key in `path`, made there readable by the owner alone if it does not exist."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key := secrets.token_urlsafe(48))
    return key
