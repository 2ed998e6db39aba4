"""Whether the thing is there at all: server, source and entry switched on, the function present."""

from collections.abc import Callable, Sequence

from catalog.policy.facts import Rule, Subject, Target
from catalog.policy.verdict import Reason, Verdict

REFUSALS: tuple[tuple[Callable[[Target], bool], Verdict], ...] = (
    (
        lambda target: not target.server_enabled,
        Verdict(False, Reason.SERVER_DISABLED, "the server is switched off"),
    ),
    (
        lambda target: not target.source_enabled,
        Verdict(False, Reason.DISABLED, "the source is switched off"),
    ),
    (
        lambda target: not target.enabled,
        Verdict(False, Reason.DISABLED, "it is switched off"),
    ),
    (
        lambda target: target.missing,
        Verdict(False, Reason.MISSING, "its source no longer offers it"),
    ),
)


def check_state(subject: Subject, target: Target, rules: Sequence[Rule]) -> Verdict | None:
    """Refuse what is switched off or gone, whoever asks; nothing to say otherwise."""
    return next((verdict for holds, verdict in REFUSALS if holds(target)), None)
