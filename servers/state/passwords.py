"""Passwords that a state file names by the file they stand in, so that it can be shown around."""

from pathlib import Path

from servers.errors import StateRefused

LONGEST = 1024
"""Bytes."""


def read_password(line: int, path: Path) -> str:
    """Return the first line of the file; StateRefused with `line`, the state file's, if none.

    The reason never quotes what was read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
        password = data.decode().partition("\n")[0].rstrip("\r")
    except (OSError, ValueError) as error:
        raise StateRefused(line, "this password file cannot be read as text") from error
    if not password or len(data) > LONGEST:
        raise StateRefused(line, f"a password file holds one line of at most {LONGEST} bytes")
    return password
