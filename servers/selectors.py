"""Every read of this room's pages; each narrows to what the viewer may see."""

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.composed import Composed
from accounts.models import User
from accounts.oauth.directory import Offer, OfferedTool
from accounts.principals import teams_of
from catalog.models import Entry
from catalog.overlay import Words, overlaid
from catalog.policy import Rule, Subject, Target, judge_access
from catalog.policy.checks.access import is_let_in
from catalog.policy.scopes import required_scope
from monitoring.asked import uuid_of
from servers.facts import Effect, rules_by_server, shut_out, subject_of, tags_by_entry
from servers.models import AccessRequest, AccessRule, Server, ServerEntry


class Listed(NamedTuple):
    """Something on a server under the name clients see; `definition` is its SHA-256.

    `words` are a curator's, over those of the definition.
    """

    kind: str
    name: str
    definition: str
    words: Words = Words()


ENABLED = Composed(
    lambda public_id: Server.objects.filter(public_id=public_id, enabled=True).order_by()
)
RULES = Composed(lambda server: AccessRule.objects.filter(server=server).order_by("pk"))


@dataclass(frozen=True, slots=True)
class UsableServer:
    """A published server as one person sees it; the counts are of what that person may use."""

    public_id: uuid.UUID
    slug: str
    title: str
    description: str
    path: str
    visibility: str
    tools: int
    resources: int
    prompts: int

    @property
    def public(self) -> bool:
        """Whether it needs no token."""
        return self.visibility == Server.Visibility.PUBLIC

    @property
    def empty(self) -> bool:
        """Whether there is nothing on it that this person may use."""
        return not (self.tools or self.resources or self.prompts)


def servers_usable_by(user: User | None) -> list[UsableServer]:
    """Return the enabled servers this person, or with None anyone, may use, by address."""
    return [server for server, _ in usable_by(user)]


def usable_by(user: User | None, *, slug: str = "") -> list[tuple[UsableServer, list[Listed]]]:
    """Return the enabled servers a person may use, each with what on it; with a slug only that one.

    Public ones, their teams', and those where a rule allows them anything; none where a rule
    denies them everything. The same few queries, however many servers and entries there are.
    """
    subject = subject_of(user)
    servers = list(_reachable(subject).filter(**{"slug": slug} if slug else {}))
    rules = rules_by_server(AccessRule.objects.filter(server__in=[row.pk for row in servers]))
    usable = [server for server in servers if not shut_out(subject, rules[server.pk])]
    targets = _targets(usable, with_tags=any(rule.tag for row in rules.values() for rule in row))
    found = []
    for row in usable:
        listed = _listed(subject, targets[row.pk], rules[row.pk])
        found.append((_seen(row, Counter(each.kind for each in listed)), listed))
    return found


def server_usable_by(user: User, public_id: uuid.UUID) -> Server | None:
    """Return this server if it is among those that `servers_usable_by` gives, without what is on it.

    Clients ask for each token they get, so these look-ups are composed once.
    """
    server = ENABLED.first(public_id)
    if server is None:
        return None
    rules = [_rule(row) for row in RULES.all(server.pk)]
    public = server.visibility == Server.Visibility.PUBLIC
    teams = teams_of(user.pk) if rules or not public else frozenset()
    subject = Subject(user.pk, teams)
    lets_in = public or is_let_in(subject, server.team_id, rules)
    return server if lets_in and not shut_out(subject, rules) else None


def _rule(row: AccessRule) -> Rule:
    """Return a rule as the policy reads it, its tag told by its key."""
    tag = str(row.tag_id) if row.tag_id else None
    return Rule(row.pk, cast(Effect, row.effect), row.user_id, row.team_id, row.pattern, tag)


def server_at(slug: str) -> Server | None:
    """Return the server at this address, whoever may use it, switched off or not."""
    return Server.objects.filter(slug=slug).first()


def offer_to(user: User, public_id: uuid.UUID) -> Offer:
    """Return what this person may use on an enabled server, in the order clients see."""
    subject = subject_of(user)
    server = _reachable(subject).filter(public_id=public_id).first()
    if server is None:
        return Offer()
    rules = rules_by_server(AccessRule.objects.filter(server=server))[server.pk]
    targets = _targets([server], with_tags=any(rule.tag for rule in rules))[server.pk]
    usable = _listed(subject, targets, rules)
    counts = Counter(each.kind for each in usable)
    names = frozenset(each.name for each in usable if each.kind == Entry.Kind.TOOL)
    return Offer(
        tools=tuple(_tools(server, names)),
        resources=counts[Entry.Kind.RESOURCE] + counts[Entry.Kind.TEMPLATE],
        prompts=counts[Entry.Kind.PROMPT],
    )


def _tools(server: Server, names: frozenset[str]) -> Iterator[OfferedTool]:
    """Yield the server's tools of these names as a person reads about them."""
    rows = served().filter(server=server, kind=Entry.Kind.TOOL)
    rows = rows.order_by("position", "exposed_name")
    columns = (
        "exposed_name",
        "entry__current__definition__body",
        "entry__own_title",
        "entry__own_description",
    )
    for name, text, *own in rows.values_list(*columns):
        if name in names:
            body = overlaid(json.loads(text), Words(*own))
            hints = body.get("annotations", {})
            yield OfferedTool(
                name=name,
                title=str(body.get("title") or hints.get("title") or name),
                description=str(body.get("description", "")),
                scope=required_scope("tool", hints),
            )


@dataclass(frozen=True, slots=True)
class Publishing:
    """A server that publishes an entry: under which name, and whether a person may use that server."""

    public_id: uuid.UUID
    slug: str
    title: str
    path: str
    name: str
    usable: bool


def publishing(entry: Entry, user: User, *, most: int = 100) -> list[Publishing]:
    """Return the enabled servers that publish an entry, first those this person may use.

    The same few queries, however many there are; whether a rule denies just this entry is not asked.
    """
    rows = ServerEntry.objects.filter(entry=entry, server__enabled=True).select_related("server")
    rows = rows.order_by("server__slug")[:most]
    subject = subject_of(user)
    servers = {row.server_id for row in rows}
    rules = rules_by_server(AccessRule.objects.filter(server__in=servers))
    reached = set(_reachable(subject).filter(pk__in=servers).values_list("pk", flat=True))
    usable = {pk for pk in reached if not shut_out(subject, rules[pk])}
    found = [
        Publishing(
            row.server.public_id,
            row.server.slug,
            str(row.server),
            row.server.path,
            row.exposed_name,
            row.server_id in usable,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: not each.usable)


def resource_at(server: str, address: str) -> int | None:
    """Return the key of the resource that a server publishes at an address, if there is one."""
    if (public_id := uuid_of(server)) is None:
        return None
    rows = ServerEntry.objects.filter(server__public_id=public_id, kind=Entry.Kind.RESOURCE)
    found = rows.filter(exposed_name=address.replace("\0", "")).values_list("entry_id", flat=True)
    return found.first()


def requests_waiting() -> int:
    """Count the requests for access that wait for an answer."""
    return AccessRequest.objects.filter(state=AccessRequest.State.OPEN).count()


def with_counts(servers: QuerySet[Server]) -> QuerySet[Server]:
    """Add `published_number`, in the same query."""
    here = ServerEntry.objects.filter(server=OuterRef("pk")).order_by().values("server")
    number = Subquery(here.annotate(n=Count("pk")).values("n"))
    return servers.annotate(published_number=Coalesce(number, 0))


def served() -> QuerySet[ServerEntry]:
    """Return the published entries that are there to be used, access aside."""
    return ServerEntry.objects.order_by("pk").filter(
        entry__current__isnull=False,
        entry__enabled=True,
        entry__state=Entry.State.ACTIVE,
        entry__source__enabled=True,
    )


def _reachable(subject: Subject) -> QuerySet[Server]:
    """Return the enabled servers where something lets the subject in."""
    allowing = AccessRule.objects.filter(
        Q(user=subject.user, user__isnull=False) | Q(team__in=subject.teams),
        effect=AccessRule.Effect.ALLOW,
    )
    lets_in = Q(visibility=Server.Visibility.PUBLIC) | Q(team__in=subject.teams)
    return Server.objects.filter(lets_in | Q(pk__in=allowing.values("server")), enabled=True)


def _targets(
    servers: list[Server], *, with_tags: bool
) -> defaultdict[int, list[tuple[Target, str, Words]]]:
    """Return what is served on each server in the order clients see, as the policy reads it.

    Beside each stand the name of its definition and a curator's words over it.
    """
    by_id = {server.pk: server for server in servers}
    rows = served().filter(server__in=by_id).order_by("position", "exposed_name")
    tags = tags_by_entry(rows) if with_tags else {}
    found: defaultdict[int, list[tuple[Target, str, Words]]] = defaultdict(list)
    for server, entry, kind, name, definition, *own in rows.values_list(
        "server_id",
        "entry_id",
        "kind",
        "exposed_name",
        "entry__current__definition_id",
        "entry__own_title",
        "entry__own_description",
    ):
        row = by_id[server]
        public = row.visibility == Server.Visibility.PUBLIC
        target = Target(
            name=name,
            kind=kind,
            tags=tags.get(entry, frozenset()),
            visibility="public" if public else "team",
            team=row.team_id,
        )
        found[server].append((target, definition, Words(*own)))
    return found


def _listed(
    subject: Subject, targets: Iterable[tuple[Target, str, Words]], rules: list[Rule]
) -> list[Listed]:
    """Return what of it the subject may use."""
    return [
        Listed(target.kind, target.name, definition, words)
        for target, definition, words in targets
        if judge_access(subject, target, rules).allowed
    ]


def _seen(server: Server, counts: Counter[str]) -> UsableServer:
    return UsableServer(
        public_id=server.public_id,
        slug=server.slug,
        title=server.shown_title,
        description=server.shown_description,
        path=server.path,
        visibility=server.visibility,
        tools=counts[Entry.Kind.TOOL],
        resources=counts[Entry.Kind.RESOURCE] + counts[Entry.Kind.TEMPLATE],
        prompts=counts[Entry.Kind.PROMPT],
    )
