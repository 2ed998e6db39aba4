"""The names behind user ids, kept apart from the events so that they can be erased."""

from datetime import UTC, datetime
from uuid import UUID

from monitoring.models import AuditPerson

_KNOWN_LIMIT = 10_000
_known: dict[UUID, str] = {}


def remember_person(user: UUID, label: str) -> None:
    """Keep a person's label up to date; one dictionary look-up when it has not changed.

    An erased person stays erased. Raises what the database raises.
    """
    label = label.replace("\0", "")[:255]
    if _known.get(user) == label:
        return
    if not AuditPerson.objects.filter(pk=user, erased_at=None).update(label=label):
        AuditPerson.objects.get_or_create(pk=user, defaults={"label": label})
    if len(_known) >= _KNOWN_LIMIT:
        _known.clear()
    _known[user] = label


def label_of(user: UUID) -> str:
    """Return a person's label, nothing if there is none or it was erased."""
    found = AuditPerson.objects.filter(pk=user).values_list("label", flat=True).first()
    return found or ""


def erase_person(user: UUID) -> None:
    """Forget a person's label for good; the events keep the id, which alone names nobody."""
    values = {"label": "", "erased_at": datetime.now(UTC)}
    AuditPerson.objects.update_or_create(pk=user, defaults=values)
    _known.pop(user, None)


def forget_known() -> None:
    """Empty the cache of labels already stored, as a rolled back transaction or a test needs."""
    _known.clear()
