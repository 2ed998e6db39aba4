"""Whether an administrator has stopped this, once it is known that the caller may use it."""

from catalog.policy.stops import Stop
from catalog.policy.verdict import Reason, Verdict


def check_stop(stop: Stop | None) -> Verdict | None:
    """Refuse what is stopped, with the administrator's reason; nothing to say otherwise."""
    return None if stop is None else Verdict(False, Reason.STOPPED, stop.reason)
