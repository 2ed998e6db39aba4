"""Every read of this room's pages; each narrows to what the viewer may see."""

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Length

from accounts.composed import Composed
from accounts.models import Membership, User
from accounts.oauth.directory import Offer, OfferedTool
from catalog.definitions import CHARACTERS_A_TOKEN, token_estimate
from catalog.models import Entry
from catalog.policy import Rule, Subject, Target, judge_access
from catalog.policy.checks.access import is_let_in
from catalog.policy.scopes import required_scope
from servers.facts import Effect, rules_by_server, tags_by_entry
from servers.models import AccessRule, Server, ServerEntry

ENABLED = Composed(
    lambda public_id: Server.objects.filter(public_id=public_id, enabled=True).order_by()
)
RULES = Composed(lambda server: AccessRule.objects.filter(server=server).order_by("pk"))
MEMBERSHIPS = Composed(lambda user: Membership.objects.filter(user=user).order_by())


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
    """Return the enabled servers this person, or with None anyone, may use, by address.

    Public ones, their teams', and those where a rule allows them anything; none where a rule
    denies them everything. The same few queries, however many servers and entries there are.
    """
    subject = _subject(user)
    servers = list(_reachable(subject))
    rules = rules_by_server(AccessRule.objects.filter(server__in=[row.pk for row in servers]))
    usable = [server for server in servers if not _shut_out(subject, rules[server.pk])]
    targets = _targets(usable, with_tags=any(rule.tag for row in rules.values() for rule in row))
    return [_seen(row, _counts(subject, targets[row.pk], rules[row.pk])) for row in usable]


def server_usable_by(user: User, public_id: uuid.UUID) -> Server | None:
    """Return this server if it is among those that `servers_usable_by` gives, without what is on it.

    Clients ask for each token they get, so these look-ups are composed once.
    """
    server = ENABLED.first(public_id)
    if server is None:
        return None
    rules = [_rule(row) for row in RULES.all(server.pk)]
    public = server.visibility == Server.Visibility.PUBLIC
    teams = (row.team_id for row in MEMBERSHIPS.all(user.pk)) if rules or not public else ()
    subject = Subject(user.pk, frozenset(teams))
    lets_in = public or is_let_in(subject, server.team_id, rules)
    return server if lets_in and not _shut_out(subject, rules) else None


def _rule(row: AccessRule) -> Rule:
    """Return a rule as the policy reads it, its tag told by its key."""
    tag = str(row.tag_id) if row.tag_id else None
    return Rule(row.pk, cast(Effect, row.effect), row.user_id, row.team_id, row.pattern, tag)


def server_at(slug: str) -> Server | None:
    """Return the server at this address, whoever may use it, switched off or not."""
    return Server.objects.filter(slug=slug).first()


def offer_to(user: User, public_id: uuid.UUID) -> Offer:
    """Return what this person may use on an enabled server, in the order clients see."""
    subject = _subject(user)
    server = _reachable(subject).filter(public_id=public_id).first()
    if server is None:
        return Offer()
    rules = rules_by_server(AccessRule.objects.filter(server=server))[server.pk]
    targets = _targets([server], with_tags=any(rule.tag for rule in rules))[server.pk]
    usable = [target for target in targets if judge_access(subject, target, rules).allowed]
    counts = Counter(target.kind for target in usable)
    names = frozenset(target.name for target in usable if target.kind == Entry.Kind.TOOL)
    return Offer(
        tools=tuple(_tools(server, names)),
        resources=counts[Entry.Kind.RESOURCE] + counts[Entry.Kind.TEMPLATE],
        prompts=counts[Entry.Kind.PROMPT],
    )


def _tools(server: Server, names: frozenset[str]) -> Iterator[OfferedTool]:
    """Yield the server's tools of these names as a person reads about them."""
    rows = _served().filter(server=server, kind=Entry.Kind.TOOL)
    rows = rows.order_by("position", "exposed_name")
    for name, text in rows.values_list("exposed_name", "entry__current__definition__body"):
        if name in names:
            body = json.loads(text)
            hints = body.get("annotations", {})
            yield OfferedTool(
                name=name,
                title=str(body.get("title") or hints.get("title") or name),
                description=str(body.get("description", "")),
                scope=required_scope("tool", hints),
            )


def list_cost(server: Server) -> int:
    """Return about how many tokens a model spends on the server's tools/list; a guess, say so."""
    rows = _served().filter(server=server, kind=Entry.Kind.TOOL)
    bodies = rows.values_list("entry__current__definition__body", flat=True)
    return sum(token_estimate(body) for body in bodies.iterator())


def with_counts(servers: QuerySet[Server]) -> QuerySet[Server]:
    """Add `published_number`, and `tool_tokens` as `list_cost` guesses it, in the same query."""
    here = ServerEntry.objects.filter(server=OuterRef("pk")).order_by().values("server")
    length = Length("entry__current__definition__body") + CHARACTERS_A_TOKEN - 1
    tools = _served().filter(server=OuterRef("pk"), kind=Entry.Kind.TOOL).order_by()
    tokens = tools.values("server").annotate(sum=Sum(length / CHARACTERS_A_TOKEN)).values("sum")
    return servers.annotate(
        published_number=Coalesce(Subquery(here.annotate(n=Count("pk")).values("n")), 0),
        tool_tokens=Coalesce(Subquery(tokens), 0),
    )


def _served() -> QuerySet[ServerEntry]:
    """Return the published entries that are there to be used, access aside."""
    return ServerEntry.objects.order_by("pk").filter(
        entry__current__isnull=False,
        entry__enabled=True,
        entry__state=Entry.State.ACTIVE,
        entry__source__enabled=True,
    )


def _subject(user: User | None) -> Subject:
    if user is None:
        return Subject()
    teams = Membership.objects.filter(user=user).values_list("team_id", flat=True)
    return Subject(user.pk, frozenset(teams))


def _reachable(subject: Subject) -> QuerySet[Server]:
    """Return the enabled servers where something lets the subject in."""
    allowing = AccessRule.objects.filter(
        Q(user=subject.user, user__isnull=False) | Q(team__in=subject.teams),
        effect=AccessRule.Effect.ALLOW,
    )
    lets_in = Q(visibility=Server.Visibility.PUBLIC) | Q(team__in=subject.teams)
    return Server.objects.filter(lets_in | Q(pk__in=allowing.values("server")), enabled=True)


def _shut_out(subject: Subject, rules: Iterable[Rule]) -> bool:
    """Tell whether a rule denies the subject everything on the server."""
    everything = [rule for rule in rules if rule.pattern == "*" and rule.tag is None]
    anything = Target(name="anything", visibility="public")
    return not judge_access(subject, anything, everything).allowed


def _targets(servers: list[Server], *, with_tags: bool) -> defaultdict[int, list[Target]]:
    """Return what is served on each server, as the policy reads it."""
    by_id = {server.pk: server for server in servers}
    rows = _served().filter(server__in=by_id)
    tags = tags_by_entry(rows) if with_tags else {}
    found: defaultdict[int, list[Target]] = defaultdict(list)
    for server, entry, kind, name in rows.values_list(
        "server_id", "entry_id", "kind", "exposed_name"
    ):
        row = by_id[server]
        public = row.visibility == Server.Visibility.PUBLIC
        found[server].append(
            Target(
                name=name,
                kind=kind,
                tags=tags.get(entry, frozenset()),
                visibility="public" if public else "team",
                team=row.team_id,
            )
        )
    return found


def _counts(subject: Subject, targets: Iterable[Target], rules: list[Rule]) -> Counter[str]:
    """Count by kind what the subject may use."""
    return Counter(each.kind for each in targets if judge_access(subject, each, rules).allowed)


def _seen(server: Server, counts: Counter[str]) -> UsableServer:
    return UsableServer(
        public_id=server.public_id,
        slug=server.slug,
        title=server.title,
        description=server.description,
        path=server.path,
        visibility=server.visibility,
        tools=counts[Entry.Kind.TOOL],
        resources=counts[Entry.Kind.RESOURCE] + counts[Entry.Kind.TEMPLATE],
        prompts=counts[Entry.Kind.PROMPT],
    )
