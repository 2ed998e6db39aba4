"""What accounts may ask about servers; installed in this room's ready()."""

import uuid
from collections.abc import Iterable

from accounts.models import User
from accounts.oauth.directory import Offer, ServerFacts
from servers import selectors
from servers.models import Server
from servers.selectors import UsableServer


class ServersDirectory:
    """Answers from the database; implements accounts' ResourceDirectory."""

    def servers_for(self, user: User) -> list[ServerFacts]:
        """Return the enabled servers this person may use, by title as on `/`."""
        usable = map(_facts, selectors.servers_usable_by(user))
        return sorted(usable, key=lambda server: (server.title.casefold(), server.slug))

    def server_for(self, user: User, public_id: uuid.UUID) -> ServerFacts | None:
        """Return the server with this id if it is enabled and this person may use it; in few queries."""
        server = selectors.server_usable_by(user, public_id)
        return _facts(server) if server else None

    def by_slug(self, slug: str) -> ServerFacts | None:
        """Return the server at this slug, whoever may use it."""
        server = selectors.server_at(slug)
        return _facts(server) if server else None

    def by_public_ids(self, public_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ServerFacts]:
        """Return the servers with these ids, whoever may use them; those that are gone are not in it."""
        rows = Server.objects.filter(public_id__in=set(public_ids))
        return {server.public_id: _facts(server) for server in rows}

    def offer(self, user: User, public_id: uuid.UUID) -> Offer:
        """Return what this person may use on a server, in the order clients see; nothing if none."""
        return selectors.offer_to(user, public_id)


def _facts(server: Server | UsableServer) -> ServerFacts:
    return ServerFacts(
        public_id=server.public_id,
        slug=server.slug,
        title=server.shown_title if isinstance(server, Server) else server.title,
        path=server.path,
        description=server.shown_description if isinstance(server, Server) else server.description,
    )
