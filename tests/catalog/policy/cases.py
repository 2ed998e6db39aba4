"""Random cases for the explainer: few people, teams and names, so that rules meet them."""

from hypothesis import strategies as st

from accounts.scopes import EVERY, expand
from catalog.policy import Facts, Rule, Subject, Target
from catalog.policy.explaining import Case, Known, Token
from catalog.policy.stops import Stop

TEAMS, PEOPLE = (1, 2, 3), (10, 11)
PATTERNS = ("*", "delete_*", "delete_city", "read_*")
SCOPES = ("mcp:read", "mcp:write", "mcp:destructive", "mcp:prompts")


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    """A rule as the database may hold it: about one team, one person, or (deny) everyone."""
    effect = draw(st.sampled_from(("allow", "deny")))
    about = draw(st.sampled_from(("team", "user", "all") if effect == "deny" else ("team", "user")))
    return Rule(
        number,
        effect,  # type: ignore[arg-type]
        user=draw(st.sampled_from(PEOPLE)) if about == "user" else None,
        team=draw(st.sampled_from(TEAMS)) if about == "team" else None,
        pattern=draw(st.sampled_from(PATTERNS)),
        tag=draw(st.sampled_from((None, None, "risky"))),
    )


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """What the gate is told."""
    often = st.sampled_from((True, True, True, False))
    user = draw(st.sampled_from((None, *PEOPLE)))
    teams = draw(st.frozensets(st.sampled_from(TEAMS), max_size=2)) if user else frozenset()
    target = Target(
        name=draw(st.sampled_from(("delete_city", "delete_all", "read_city", "x" * 200))),
        tags=draw(st.sampled_from((frozenset(), frozenset({"risky"})))),
        visibility=draw(st.sampled_from(("public", "team", "team"))),  # type: ignore[arg-type]
        team=draw(st.sampled_from((None, *TEAMS))),
        server_enabled=draw(often),
        source_enabled=draw(often),
        enabled=draw(often),
        missing=not draw(often),
    )
    held = tuple(draw(rules(number)) for number in range(1, draw(st.integers(0, 5)) + 1))
    scopes = expand(draw(st.sets(st.sampled_from(SCOPES)))) if user else EVERY
    required = draw(st.sampled_from(("", *SCOPES)))
    stop = None if draw(often) else Stop("server", "Maintenance")
    return Facts(Subject(user, teams), target, held, scopes, required, stop)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A case, its door open more often than not."""
    often = st.sampled_from((True, True, True, False))
    told = draw(facts())
    if told.subject.user is None:
        return Case(told, known=draw(st.sampled_from(tuple(Known))))
    return Case(
        told,
        active=draw(often),
        blocked=not draw(often),
        approved=draw(often),
        token=draw(st.sampled_from(tuple(Token))),
        known=draw(st.sampled_from((Known.SERVED, *Known))),
    )


def open_door(told: Facts) -> Case:
    """The case of these facts with nothing in the way before the gate."""
    return Case(told, token=Token.WORKS)
