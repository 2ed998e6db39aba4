"""The answer of the policy: a value with a reason, so that it can be audited and shown."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why something may be used, or may not; the words stand in the audit trail and in metrics."""

    PUBLIC = "public"
    TEAM = "team"
    RULE = "rule"
    SCOPE = "scope"
    SERVER_DISABLED = "server_disabled"
    DISABLED = "disabled"
    MISSING = "missing"
    STOPPED = "stopped"
    NO_ACCESS = "no_access"
    UNKNOWN = "unknown"
    DENIED_BY_RULE = "denied_by_rule"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    RATE_LIMITED = "rate_limited"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether, and why; `rule` is the access rule that decided, `detail` what else is to know."""

    allowed: bool
    reason: Reason
    detail: str = ""
    rule: int | None = None
