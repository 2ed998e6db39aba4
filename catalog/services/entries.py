"""Curating entries: on or off, which tags, how durably their calls are audited."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.text import slugify

from accounts.models import User
from accounts.services.recording import record
from catalog.errors import InvalidValue
from catalog.models import Entry, Tag
from catalog.permissions import Permission, require_for
from catalog.services.announcing import announce
from catalog.services.recording import label
from catalog.signals import tags_changing

TAG_LIMIT = 20


@transaction.atomic
def set_entry_enabled(*, actor: User | None, entry: Entry, enabled: bool) -> Entry:
    """Switch an entry on or off, on every server. Raises NotAllowed."""
    return _set_flag(actor, entry, "enabled", enabled)


@transaction.atomic
def set_entry_durable(*, actor: User | None, entry: Entry, durable: bool) -> Entry:
    """Say whether a call's audit row is committed before its answer leaves. Raises NotAllowed."""
    return _set_flag(actor, entry, "durable", durable)


@transaction.atomic
def set_entry_runs(*, actor: User | None, entry: Entry, runs: str) -> Entry:
    """Say how a tool runs, whatever its author says; empty gives that back.

    Raises NotAllowed, InvalidValue.
    """
    if runs and (entry.kind != Entry.Kind.TOOL or runs not in Entry.Running.values):
        raise InvalidValue("A tool runs within its call or as a job; nothing else does.")
    return _set_flag(actor, entry, "runs", runs)


@transaction.atomic
def set_entry_tags(*, actor: User | None, entry: Entry, tags: Iterable[str]) -> Entry:
    """Give an entry these tags and no others; what rules name takes the right to change rules as well.

    Words become slugs ("Read Only": "read-only"). Raises NotAllowed, InvalidValue.
    """
    row = locked_entry(actor, entry)
    return _set_tags(actor, row, tag_names(tags))


@transaction.atomic
def change_entry_tags(
    *, actor: User | None, entry: Entry, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> Entry:
    """Give an entry some tags and take others off, whatever else it has by then.

    Raises NotAllowed, InvalidValue.
    """
    row = locked_entry(actor, entry)
    has = {tag.name for tag in row.tags.all()}
    return _set_tags(actor, row, tag_names((has - set(remove)) | tag_names(add)))


def _set_tags(actor: User | None, row: Entry, names: set[str]) -> Entry:
    before, after = sorted(tag.name for tag in row.tags.all()), sorted(names)
    if before != after:
        tags_changing.send(sender=Tag, actor=actor, names=set(before) ^ names)
        row.tags.set(tags_named(after))
        record(
            actor, "entry.tags", entry=label(row), before={"tags": before}, after={"tags": after}
        )
        announce()
    return row


def tag_names(words: Iterable[str]) -> set[str]:
    """Return the words as tags' names; InvalidValue for what makes none, or for too many."""
    names = {word: slugify(word)[: Tag.name.field.max_length] for word in words}
    if empty := [word for word, name in names.items() if not name]:
        raise InvalidValue(f"{empty[0][:40]!r} makes no tag: letters, digits and hyphens do.")
    if len(names) > TAG_LIMIT:
        raise InvalidValue(f"An entry has at most {TAG_LIMIT} tags.")
    return set(names.values())


def tags_named(names: Iterable[str]) -> list[Tag]:
    """Return the tags of these names, made where they are missing.

    In one order for everybody, so that two processes never wait for each other.
    """
    wanted = sorted(set(names))
    known = set(Tag.objects.filter(name__in=wanted).values_list("name", flat=True))
    fresh = [Tag(name=name) for name in wanted if name not in known]
    if fresh:
        Tag.objects.bulk_create(fresh, ignore_conflicts=True)
    return list(Tag.objects.filter(name__in=wanted))


def _set_flag(actor: User | None, entry: Entry, field: str, value: bool | str) -> Entry:
    row = locked_entry(actor, entry)
    before = getattr(row, field)
    if before != value:
        setattr(row, field, value)
        row.save(update_fields=[field])
        record(
            actor,
            f"entry.{field}",
            entry=label(row),
            before={field: before},
            after={field: value},
        )
        announce()
    return row


def locked_entry(actor: User | None, entry: Entry) -> Entry:
    """Return the entry's row, locked, if the actor may change it."""
    rows = Entry.objects.select_related("source__team").select_for_update(of=("self",))
    row = rows.get(pk=entry.pk)
    require_for(actor, Permission.CHANGE_ENTRY, row.source.team)
    return row
