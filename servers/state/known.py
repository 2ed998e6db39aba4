"""What the database has, found by the names that a state file uses."""

from functools import cached_property

from accounts.models import Team, User
from catalog.models import Entry, Source, Tag
from servers.errors import StateRefused
from servers.models import AllowedOrigin, Server
from servers.state.desired import Desired, DesiredEntry, DesiredWords


class Known:
    """Rows by name, read when first asked for; a name that means nothing is refused with its line.

    People, teams and servers that the file itself makes are known too, though without a row yet.
    """

    def __init__(self, desired: Desired) -> None:
        """Remember which names the file brings along."""
        self._new_users = {user.username for user in desired.users}
        self._new_teams = {team.name for team in desired.teams}

    @cached_property
    def users(self) -> dict[str, User]:
        """Everybody, by username."""
        return {user.username: user for user in User.objects.all()}

    @cached_property
    def teams(self) -> dict[str, Team]:
        """Every team, by name."""
        return {team.name: team for team in Team.objects.all()}

    @cached_property
    def servers(self) -> dict[str, Server]:
        """Every server, by slug."""
        return {server.slug: server for server in Server.objects.select_related("team")}

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """Every tag, by name."""
        return {tag.name: tag for tag in Tag.objects.all()}

    @cached_property
    def origins(self) -> set[str]:
        """Every allowed origin."""
        return set(AllowedOrigin.objects.values_list("origin", flat=True))

    @cached_property
    def _sources(self) -> list[Source]:
        return list(Source.objects.order_by("pk"))

    def check_user(self, line: int, name: str) -> str:
        """Return the name if there is such a person, or will be."""
        if name not in self._new_users and name not in self.users:
            raise StateRefused(line, f"there is no user {name[:80]!r}, here or in the file")
        return name

    def check_team(self, line: int, name: str) -> str:
        """Return the name if there is such a team, or will be."""
        if name not in self._new_teams and name not in self.teams:
            raise StateRefused(line, f"there is no team {name[:80]!r}, here or in the file")
        return name

    def tag(self, line: int, name: str) -> Tag:
        """Return the tag."""
        if name not in self.tags:
            raise StateRefused(line, f"no entry has a tag {name[:80]!r}")
        return self.tags[name]

    def source(self, line: int, name: str) -> Source:
        """Return the source with this key, or else the only one with this name."""
        keyed = [source for source in self._sources if source.key == name]
        found = keyed or [source for source in self._sources if source.name == name]
        if not found:
            raise StateRefused(line, f"there is no source {name[:80]!r}; has the hub loaded it?")
        if len(found) > 1:
            keys = ", ".join(source.key for source in found)
            raise StateRefused(
                line, f"several sources are called {name[:80]!r}: name one of {keys}"
            )
        return found[0]

    def entry(self, wanted: DesiredEntry | DesiredWords) -> Entry:
        """Return the entry, with its definition."""
        source = self.source(wanted.line, wanted.source)
        rows = Entry.objects.select_related("source", "current__definition")
        entry = rows.filter(source=source, kind=wanted.kind, name=wanted.name).first()
        if entry is None:
            raise StateRefused(wanted.line, f"{source} has no {wanted.kind} {wanted.name[:80]!r}")
        return entry
