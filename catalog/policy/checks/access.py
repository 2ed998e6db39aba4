"""Whether this subject may use this: what the server grants, widened and narrowed by its rules.

No subject passes by: a superuser is judged like anybody.
"""

from collections.abc import Iterable, Iterator, Sequence

from catalog.policy.facts import Rule, Subject, Target
from catalog.policy.names import matches
from catalog.policy.verdict import Reason, Verdict

NO_ACCESS = Verdict(False, Reason.NO_ACCESS, "nothing gives access to it")


def check_access(subject: Subject, target: Target, rules: Sequence[Rule]) -> Verdict:
    """Judge by server and rules; a deny wins over everything, also over a public server."""
    let_in = granted(subject, target, rules)
    if let_in is None:
        return NO_ACCESS
    denied = next(denials(subject, target, rules), None)
    if denied is not None:
        return Verdict(False, Reason.DENIED_BY_RULE, "an access rule denies it", denied.id)
    return let_in


def is_let_in(subject: Subject, team: int | None, rules: Iterable[Rule]) -> bool:
    """Tell whether a server that is not public grants the subject anything; `team` owns it."""
    in_team = team is not None and team in subject.teams
    return in_team or next(_naming(subject, rules, "allow"), None) is not None


def granted(subject: Subject, target: Target, rules: Sequence[Rule]) -> Verdict | None:
    """Return what lets the subject in before any deny is looked at."""
    if target.visibility == "public":
        return Verdict(True, Reason.PUBLIC)
    if target.team is not None and target.team in subject.teams:
        return Verdict(True, Reason.TEAM)
    naming = _naming(subject, rules, "allow")
    allowed = next((rule for rule in naming if speaks_of(rule, target)), None)
    return Verdict(True, Reason.RULE, rule=allowed.id) if allowed else None


def denials(subject: Subject, target: Target, rules: Iterable[Rule]) -> Iterator[Rule]:
    """Yield the rules that deny the subject the target, in the order given."""
    return (rule for rule in _naming(subject, rules, "deny") if speaks_of(rule, target))


def speaks_of(rule: Rule, target: Target) -> bool:
    """Tell whether the rule is about this entry."""
    return (rule.tag is None or rule.tag in target.tags) and matches(rule.pattern, target.name)


def _naming(subject: Subject, rules: Iterable[Rule], effect: str) -> Iterator[Rule]:
    """Yield the rules of that effect that are about the subject, in the order given."""
    return (rule for rule in rules if rule.effect == effect and _names(rule, subject))


def _names(rule: Rule, subject: Subject) -> bool:
    """Tell whether the rule is about the subject; an allow for everyone names nobody.

    A rule with both user and team would need both to fit: narrower is the safer reading of a row
    that the database refuses anyway.
    """
    if rule.user is None and rule.team is None:
        return rule.effect == "deny"
    user_fits = rule.user is None or rule.user == subject.user
    team_fits = rule.team is None or rule.team in subject.teams
    return user_fits and team_fits
