"""Forgetting a person on purpose, which is itself a change that is recorded."""

from uuid import UUID

from django.db import transaction

from .changes import record_change
from .people import erase_person


@transaction.atomic
def erase(*, actor: UUID | None, actor_label: str, person: UUID) -> None:
    """Forget a person's name for good and record by whom; the record holds the id alone.

    Raises AuditFull when nothing can be recorded; then nothing is forgotten either.
    """
    erase_person(person)
    record_change(
        actor=actor,
        actor_label=actor_label,
        action="person.erase",
        before={"id": str(person), "named": True},
        after={"id": str(person), "named": False},
    )
