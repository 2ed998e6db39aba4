"""Tags by themselves: made, renamed, deleted. Entries are given theirs in entries.py."""

from django.db import transaction

from accounts.models import User
from accounts.services.recording import record
from catalog.errors import InvalidValue, TagInUse
from catalog.models import Tag
from catalog.permissions import Permission, require
from catalog.services.announcing import announce
from catalog.services.entries import tag_names
from catalog.signals import tag_leaving


@transaction.atomic
def create_tag(*, actor: User | None, name: str) -> Tag:
    """Make a tag that nothing has yet. Raises NotAllowed, InvalidValue."""
    require(actor, Permission.ADD_TAG)
    tag, created = Tag.objects.get_or_create(name=_free_name(name))
    if created:
        record(actor, "tag.create", after={"name": tag.name})
    return tag


@transaction.atomic
def rename_tag(*, actor: User | None, tag: Tag, name: str) -> Tag:
    """Rename a tag; what has it keeps it, rules about it go on. Raises NotAllowed, InvalidValue."""
    require(actor, Permission.CHANGE_TAG)
    row = Tag.objects.select_for_update().get(pk=tag.pk)
    before = row.name
    row.name = _free_name(name, but=row)
    if row.name != before:
        row.save(update_fields=["name"])
        record(actor, "tag.rename", before={"name": before}, after={"name": row.name})
        announce()
    return row


@transaction.atomic
def delete_tag(*, actor: User | None, tag: Tag) -> None:
    """Delete a tag that nothing has and no rule names. Raises NotAllowed, TagInUse.

    What depends on a tag is never dropped along the way: a rule that denies would open what it kept
    shut.
    """
    require(actor, Permission.DELETE_TAG)
    row = Tag.objects.select_for_update().get(pk=tag.pk)
    if number := row.entries.count():
        raise TagInUse(f"{number} still have the tag {row}. Take it off them first.")
    tag_leaving.send(sender=Tag, tag=row)
    record(actor, "tag.delete", before={"name": row.name})
    row.delete()
    announce()


def _free_name(word: str, *, but: Tag | None = None) -> str:
    """Return the word as a tag's name. Raises InvalidValue if it makes none, or is taken."""
    (name,) = tag_names([word])
    taken = Tag.objects.filter(name=name).first()
    if taken is not None and taken != but:
        raise InvalidValue(f"There is a tag {name} already.")
    return name
