"""What every test stands on: three people, commits that happen, and no network beyond loopback."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from accounts.models import User
from accounts.oauth import steps
from accounts.oauth.offering import offered
from accounts.services.trailing import sparing
from catalog import told
from mcphub import notices
from monitoring import audit
from monitoring.recorded import keeping
from tests import make, pace, reaching
from tests.hub import hub
from tests.live import live_hub, mortal_hub, prepared

__all__ = ["hub", "live_hub", "mortal_hub", "prepared"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "how many cases of a test run at most, of those that `make test` runs all"
    parser.addoption("--cases", type=int, help=text)
    text = "when (seconds since 1970) no further test begins; those in a browser come last then"
    parser.addoption("--until", type=float, help=text)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reaching.mark(items)
    if (most := config.getoption("cases")) is not None:
        left_out = set(reaching.beyond(items, most))
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    if config.getoption("until") is not None:
        items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    until = item.config.getoption("until")
    if until is not None and time.time() > until:
        pytest.skip("no time was left for it")


def pytest_collection_finish() -> None:
    pace.keep()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The tests' database; who is still connected at its end, like a thread of some test, is let go."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture
def alice(db: None) -> User:
    """The owner: staff and superuser."""
    return make.user("alice", is_staff=True, is_superuser=True)


@pytest.fixture
def bob(db: None) -> User:
    """A member of the team "data"."""
    return make.member(make.team("data"), make.user("bob")).user


@pytest.fixture
def charlie(db: None) -> User:
    """A stranger: in no team."""
    return make.user("charlie")


@pytest.fixture(autouse=True)
def commits_happen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run what waits for a commit where one would be, in tests that are rolled back instead.

    That is at the end of the outermost block the test did not open itself, or at once outside of
    any; what was registered in a savepoint that was rolled back is not run, as in life.
    """
    if not _rolled_back(request):
        return
    leave, register = transaction.Atomic.__exit__, transaction.on_commit

    def leave_and_run(self: transaction.Atomic, *raised: Any) -> None:
        leave(self, *raised)
        _run_what_waits()

    def register_and_run(*args: Any, **kwargs: Any) -> None:
        register(*args, **kwargs)
        _run_what_waits()

    monkeypatch.setattr(transaction.Atomic, "__exit__", leave_and_run)
    monkeypatch.setattr(transaction, "on_commit", register_and_run)


def _run_what_waits() -> None:
    """Run the callbacks that wait for a commit, unless a block of the code's own is open."""
    if all(block._from_testcase for block in connection.atomic_blocks):
        waiting, connection.run_on_commit = connection.run_on_commit, []
        for _savepoints, func, _robust in waiting:
            func()


@pytest.fixture(autouse=True)
def nothing_remembered(request: pytest.FixtureRequest) -> Iterator[None]:
    """Begin each test with an empty cache and a trail of its own."""
    cache.clear()
    reaching.reached.clear()
    offered.forget()
    for remembered in (notices.banner, notices.stopped):
        remembered.forget()
    audit.restart()
    keeping.restart()
    steps.notebook.clear()
    sparing.clear()
    told._remembered.clear()  # some tests put other texts under the same hash
    yield
    if reaching.reached and reaching.unmarked(request.node):
        pytest.fail(
            f"This test reaches {' and '.join(sorted(reaching.reached))}: mark it `stores`."
        )


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    """Return `connect` with a look at where it goes."""

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise RuntimeError(f"A test tried to reach {address!r}.")
        return connect(self, address)

    return guarded


def _rolled_back(request: pytest.FixtureRequest) -> bool:
    """Tell whether the test runs in a transaction that is rolled back."""
    marker = request.node.get_closest_marker("django_db")
    names = request.fixturenames
    real = {"transactional_db", "live_server", "django_db_reset_sequences"}.intersection(names)
    if real or (marker and marker.kwargs.get("transaction")):
        return False
    return bool(marker) or "db" in names
