from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from monitoring import audit, bus, health, rollup
from monitoring.audit.people import forget_known


@pytest.fixture(autouse=True)
def fresh_trail() -> Iterator[None]:
    audit.restart()
    forget_known()
    rollup.drain(True)
    yield
    audit.restart()
    health.set_draining(False)
    bus.stop()


@pytest.fixture
def event() -> Callable[..., audit.Event]:
    def make(**values: Any) -> audit.Event:
        return audit.Event(**{"kind": "call", "action": "tools/call", "outcome": "ok", **values})

    return make


@pytest.fixture
def needs_postgresql(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the default database is not PostgreSQL")
