"""Steps of calls that happen once. The row is committed before the step begins."""

from typing import NamedTuple

from django.db import IntegrityError, transaction

from servers.kept.expiry import after
from servers.models import CallStep

BEGUN, DONE, FAILED = CallStep.State.BEGUN, CallStep.State.DONE, CallStep.State.FAILED


class Step(NamedTuple):
    """How far a step is, and what it came to; `mine` if it is for this run to do."""

    mine: bool
    state: str
    value: str


def begin(call: str, key: str, seconds: float) -> Step:
    """Claim a step, or return what another run made of it."""
    try:
        with transaction.atomic():
            CallStep.objects.create(call=call, key=key, expires_at=after(seconds))
    except IntegrityError:
        row = CallStep.objects.get(call=call, key=key)
        return Step(False, row.state, row.value)
    return Step(True, BEGUN, "")


def end(call: str, key: str, state: str, value: str) -> None:
    """Keep how a step ended."""
    CallStep.objects.filter(call=call, key=key).update(state=state, value=value)
