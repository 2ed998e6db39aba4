"""What tests of jobs stand on."""

from typing import Any

import pytest
from django.utils import timezone

from servers.jobs.reaping import LOOKED
from servers.models import Chore
from tests.works import works

__all__ = ["works"]


@pytest.fixture(autouse=True)
def heard_here(settings: Any) -> None:
    """Let what jobs say be heard in the test's own process, whatever services there are."""
    settings.EMBEDDED = settings.JOBS_EMBEDDED = True


@pytest.fixture(autouse=True)
def somebody_looked(request: pytest.FixtureRequest) -> None:
    """Let somebody have looked for lost jobs just now: after a while without, none is taken back at once."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        request.getfixturevalue("db")
        looked = {"begun_at": timezone.now()}
        Chore.objects.update_or_create(name=LOOKED, defaults=looked)
