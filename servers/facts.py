"""Rows as the policy reads them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, cast

from django.db.models import QuerySet

from accounts.models import Membership, User
from catalog.models import Entry
from catalog.policy import Rule, Subject, Target, judge_access
from servers.models import AccessRule, ServerEntry

Effect = Literal["allow", "deny"]


def subject_of(user: User | None) -> Subject:
    """Return the person as a subject, or with None anyone."""
    if user is None:
        return Subject()
    teams = Membership.objects.filter(user=user).values_list("team_id", flat=True)
    return Subject(user.pk, frozenset(teams))


def shut_out(subject: Subject, rules: Iterable[Rule]) -> bool:
    """Tell whether a rule denies the subject everything on the server, whatever else allows it."""
    everything = [rule for rule in rules if rule.pattern == "*" and rule.tag is None]
    anything = Target(name="anything", visibility="public")
    return not judge_access(subject, anything, everything).allowed


def rules_by_server(rows: QuerySet[AccessRule]) -> defaultdict[int, list[Rule]]:
    """Return access rules by the key of their server, in the order they were made."""
    found: defaultdict[int, list[Rule]] = defaultdict(list)
    facts = ("server_id", "pk", "effect", "user_id", "team_id", "pattern", "tag__name")
    for server, key, effect, *rest in rows.order_by("pk").values_list(*facts):
        found[server].append(Rule(key, cast(Effect, effect), *rest))
    return found


def tags_by_entry(rows: QuerySet[ServerEntry]) -> dict[int, frozenset[str]]:
    """Return the tags of the published entries that have any, by the key of the entry."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    through = Entry.tags.through.objects.filter(entry__in=rows.order_by().values("entry"))
    for entry, tag in through.values_list("entry_id", "tag__name"):
        found[entry].add(tag)
    return {entry: frozenset(names) for entry, names in found.items()}
