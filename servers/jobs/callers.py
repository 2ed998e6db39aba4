"""The caller of a job, kept with it: who asked, to be judged again when it runs."""

import json
import uuid
from dataclasses import asdict
from typing import Any

from accounts.caller import Caller


def write_caller(caller: Caller) -> str:
    """Return a caller as text."""
    told = asdict(caller)
    told["server"], told["user_public_id"] = _text(caller.server), _text(caller.user_public_id)
    told["teams"], told["scopes"] = sorted(caller.teams), sorted(caller.scopes)
    if caller.expires_at == float("inf"):
        told["expires_at"] = None
    return json.dumps(told)


def read_caller(text: str) -> Caller:
    """Return the caller that was written."""
    told: dict[str, Any] = json.loads(text)
    expires_at = told["expires_at"]
    return Caller(
        **{
            **told,
            "server": _uuid(told["server"]),
            "user_public_id": _uuid(told["user_public_id"]),
            "teams": frozenset(told["teams"]),
            "scopes": frozenset(told["scopes"]),
            "keys": tuple(told["keys"]),
            "expires_at": float("inf") if expires_at is None else expires_at,
        }
    )


def _text(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)


def _uuid(text: str | None) -> uuid.UUID | None:
    return None if text is None else uuid.UUID(text)
