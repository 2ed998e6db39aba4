"""Whether the token may do this, once it is known that its owner may."""

from collections.abc import Set

from catalog.policy.verdict import Reason, Verdict


def check_scope(scopes: Set[str], required: str) -> Verdict | None:
    """Refuse when the expanded scopes lack the required one; "" requires none."""
    if not required or required in scopes:
        return None
    return Verdict(False, Reason.INSUFFICIENT_SCOPE, required)
