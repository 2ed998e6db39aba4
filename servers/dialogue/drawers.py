"""`ctx.store()`: what a tool keeps between calls, for one user on one server."""

import json
from typing import Any

from catalog.authoring.asking import check_key
from catalog.authoring.errors import ToolError
from catalog.authoring.keeping import kept
from servers.dialogue.desk import Desk
from servers.kept import values


class KeptDrawer:
    """One handle's values."""

    def __init__(self, desk: Desk, place: values.Place, ttl: float) -> None:
        self._desk, self._place, self._ttl = desk, place, ttl
        self.handle = place[2]

    async def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or the default if there is none that is still good."""
        text = await self._desk.offload(values.get, self._place, check_key(key))
        return default if text is None else json.loads(text)

    async def set(self, key: str, value: Any) -> None:
        """Keep a value of any JSON type, at most 64 KiB; ToolError if too much is kept already."""
        try:
            await self._desk.offload(
                values.put, self._place, check_key(key), kept(value), self._ttl
            )
        except values.TooMuchKept as error:
            raise ToolError(str(error)) from error

    async def delete(self, key: str) -> None:
        """Forget a value."""
        await self._desk.offload(values.drop, self._place, check_key(key))
