"""Access rules: who else may use a server, and what on it nobody or not everybody may."""

from typing import TypedDict, Unpack

from accounts.models import Team, User
from accounts.services.recording import record
from catalog.models import Tag
from catalog.services import announce
from servers.errors import Gone, InvalidValue
from servers.models import AccessRule, Server
from servers.permissions import Permission, require
from servers.services.recording import rule_facts
from servers.services.writing import check, locked_server, write


class RuleFields(TypedDict, total=False):
    """What a rule says; what is not named stays as it is."""

    effect: str
    team: Team | None
    user: User | None
    pattern: str
    tag: Tag | None
    note: str


@write
def add_rule(*, actor: User | None, server: Server, **fields: Unpack[RuleFields]) -> AccessRule:
    """Add a rule to a server; by default it allows, and speaks of every name.

    Raises NotAllowed, InvalidValue, Gone.
    """
    require(actor, Permission.ADD_RULE)
    row = locked_server(server)
    rule = AccessRule(server=row, **fields)
    _save(rule)
    record(actor, "rule.add", server=row.slug, after=rule_facts(rule))
    announce()
    return rule


@write
def update_rule(
    *, actor: User | None, rule: AccessRule, **changes: Unpack[RuleFields]
) -> AccessRule:
    """Change what is named of a rule. Raises NotAllowed, InvalidValue, Gone."""
    require(actor, Permission.CHANGE_RULE)
    row = _locked(rule)
    before = rule_facts(row)
    for name, value in changes.items():
        setattr(row, name, value)
    if rule_facts(row) != before:
        _save(row)
        record(actor, "rule.update", server=row.server.slug, before=before, after=rule_facts(row))
        announce()
    return row


@write
def delete_rule(*, actor: User | None, rule: AccessRule) -> None:
    """Take a rule back. Raises NotAllowed, Gone."""
    require(actor, Permission.DELETE_RULE)
    row = _locked(rule)
    record(actor, "rule.delete", server=row.server.slug, before=rule_facts(row))
    row.delete()
    announce()


def _locked(rule: AccessRule) -> AccessRule:
    """Return the rule as it is now, its server kept from others."""
    server = locked_server(rule.server)
    row = server.rules.select_related("server", "team", "user", "tag").filter(pk=rule.pk).first()
    if row is None:
        raise Gone("This access rule is no longer there.")
    return row


def _save(rule: AccessRule) -> None:
    """Check and save; what the constraints would refuse is told in words."""
    if rule.team is not None and rule.user is not None:
        raise InvalidValue("A rule is about a team or about a person, not both.")
    if rule.effect == AccessRule.Effect.ALLOW and rule.team is None and rule.user is None:
        raise InvalidValue("A rule that allows names a team or a person; a deny may be for all.")
    check(rule, exclude=("server", "team", "user", "tag"))
    rule.save()
