"""What this room's tests stand on: a directory of servers, and an ear on the bus."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pytest

from accounts.models import User
from accounts.oauth import directory as directories
from accounts.oauth.directory import Offer, ServerFacts
from accounts.services.announcing import TOPIC
from monitoring import bus
from monitoring.audit import flush
from monitoring.models import AuditEvent
from tests import make
from tests.connecting import Connecting


@dataclass
class FakeDirectory:
    """A plain ResourceDirectory: these servers, and who may use which."""

    servers: list[ServerFacts] = field(default_factory=list)
    users: dict[str, set[str]] = field(default_factory=dict)
    offers: dict[uuid.UUID, Offer] = field(default_factory=dict)

    def add(self, slug: str, *people: str) -> ServerFacts:
        """Publish a server that these people may use."""
        title, path = slug.title(), f"/mcp/{slug}"
        facts = ServerFacts(uuid.uuid4(), slug, title, path)
        self.servers.append(facts)
        self.users[slug] = set(people)
        return facts

    def servers_for(self, user: User) -> list[ServerFacts]:
        return [each for each in self.servers if user.username in self.users[each.slug]]

    def server_for(self, user: User, public_id: uuid.UUID) -> ServerFacts | None:
        return next((each for each in self.servers_for(user) if each.public_id == public_id), None)

    def by_slug(self, slug: str) -> ServerFacts | None:
        return next((each for each in self.servers if each.slug == slug), None)

    def by_public_ids(self, public_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ServerFacts]:
        wanted = set(public_ids)
        return {each.public_id: each for each in self.servers if each.public_id in wanted}

    def offer(self, user: User, public_id: uuid.UUID) -> Offer:
        return self.offers.get(public_id, Offer())


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> FakeDirectory:
    """An empty directory, installed for the test."""
    fake = FakeDirectory()
    monkeypatch.setattr(directories, "_installed", [fake])
    return fake


@pytest.fixture
def announced() -> Iterator[list[str]]:
    """Every principal's key announced from now on."""
    keys: list[str] = []

    def listen(payload: str) -> None:
        keys.extend(payload.split(" "))

    bus.subscribe(TOPIC, listen)
    yield keys
    bus._callbacks[TOPIC].remove(listen)


@pytest.fixture
def connecting(bob: User, directory: FakeDirectory) -> Connecting:
    """A public client that bob allowed the server "demo"."""
    client = make.oauth_client("Editor")
    return Connecting(make.consent(bob, client, directory.add("demo", "bob")), client)


@pytest.fixture
def recorded(db: None) -> Callable[[], list[str]]:
    """The actions in the audit trail so far."""

    def actions() -> list[str]:
        flush()
        return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))

    return actions
