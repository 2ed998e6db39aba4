"""What all calls of a process share when they talk with their clients."""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from servers.bell import Bell
from servers.dialogue.replies import Replies
from servers.kept import states
from servers.offload import Offload
from servers.protocol.errors import invalid_params
from servers.protocol.jsonrpc import encode
from servers.protocol.sealing import (
    NONCE_BYTES,
    State,
    read_state,
    seal,
    unseal,
    write_state,
)

STATE_SECONDS = 3_600
"""How long a client may take for the answers of one round."""
KEPT_SECONDS = 24 * 3_600
"""How long what a call keeps lasts: longer than all its rounds can take."""
GRACE_SECONDS = 60.0
"""How much longer a state is kept here than it is good for."""
LONGEST_CARRIED = 64 * 1024
"""Bytes of a state that the client carries; the answers of a longer one are kept here."""
HANDLE_BYTES = 18


class Desk:
    """One process's keys, its waiting questions, and its way to the other processes."""

    def __init__(self, secret_keys: Sequence[str], offload: Offload, bell: Bell) -> None:
        self.offload, self.bell = offload, bell
        self.name = secrets.token_hex(8)
        self.replies = Replies(offload)
        self._keys = [hashlib.sha256(b"mcp state" + key.encode()).digest() for key in secret_keys]
        self._handle_keys = [
            hashlib.sha256(b"mcp handle" + key.encode()).digest() for key in secret_keys
        ]

    async def sealed(self, state: State, bound_to: bytes) -> str:
        """Return a state as the client carries it."""
        body = write_state(state)
        if len(body) > LONGEST_CARRIED:
            body = write_state(await self._kept(state))
        return seal(
            body, bound_to=bound_to, nonce=secrets.token_bytes(NONCE_BYTES), key=self._keys[0]
        )

    async def _kept(self, state: State) -> State:
        """Return a state whose answers are kept here.

        Under a name that follows from them: a round that is repeated keeps nothing anew.
        """
        answers = encode(state.answers)
        name = hmac.digest(self._keys[0], state.call.encode() + answers, "sha256").hex()
        seconds = STATE_SECONDS + GRACE_SECONDS
        await self.offload(states.keep, name, answers.decode(), seconds)
        return msgspec.structs.replace(state, answers={}, kept=name)

    async def opened(self, text: Any, bound_to: bytes) -> State:
        """Return the state a client brought; raises ProtocolError -32602 for any that is not good."""
        body = unseal(text, bound_to=bound_to, keys=self._keys) if isinstance(text, str) else None
        state = None if body is None else read_state(body)
        if state is not None and state.kept:
            state = await self._with_answers(state)
        if state is None or state.expires < time.time():
            raise invalid_params("requestState is not valid for this request, or too old.")
        return state

    async def _with_answers(self, state: State) -> State | None:
        """Return a state with its answers that are kept here, None if they are no more."""
        answers = await self.offload(states.kept, state.kept)
        if answers is None:
            return None
        return msgspec.structs.replace(state, answers=json.loads(answers), kept="")

    def new_handle(self, server: uuid.UUID) -> str:
        """Return a handle that nobody can guess, and that is known again as made here."""
        name = secrets.token_hex(HANDLE_BYTES)
        return f"{name}.{_mark(self._handle_keys[0], server, name)}"

    def is_ours(self, server: uuid.UUID, handle: str) -> bool:
        """Return whether a handle was made by `new_handle` for the server."""
        name, _, mark = handle.partition(".")
        shown = mark.encode()  # compare_digest takes no text that is not ASCII
        return any(
            hmac.compare_digest(shown, _mark(key, server, name).encode())
            for key in self._handle_keys
        )


def _mark(key: bytes, server: uuid.UUID, name: str) -> str:
    """Return what shows that a handle was made here."""
    return hmac.digest(key, server.bytes + name.encode(), "sha256")[:12].hex()
