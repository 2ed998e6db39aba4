"""What this room does when another one changes: it publishes what a source newly offers, keeps the tags
that its access rules name, and lets nobody move things under such a rule who may not change rules.
"""

from typing import Any

from accounts.models import User
from catalog.errors import NotAllowed, TagInUse
from catalog.models import Source, Tag
from catalog.signals import source_synced, tag_leaving, tags_changing
from servers.models import AccessRule
from servers.permissions import Permission
from servers.services.following import follow_source


def connect() -> None:
    """Connect every receiver, once however often it is asked for."""
    source_synced.connect(_source_synced, dispatch_uid="servers.follow_source")
    tag_leaving.connect(_tag_leaving, dispatch_uid="servers.keep_tag")
    tags_changing.connect(_tags_changing, dispatch_uid="servers.guard_tags")


def _source_synced(source: Source, **kwargs: Any) -> None:
    """A source's entries changed; told inside the transaction that changed them."""
    follow_source(source)


def _tag_leaving(tag: Tag, **kwargs: Any) -> None:
    """A tag is about to go: with it would go the rules about it, and a deny that goes opens."""
    rule = AccessRule.objects.filter(tag=tag).select_related("server", "team", "user").first()
    if rule is not None:
        raise TagInUse(f"An access rule speaks of the tag {tag}: {rule}. Delete the rule first.")


def _tags_changing(actor: User | None, names: set[str], **kwargs: Any) -> None:
    """An entry is about to get tags or lose them: where a rule names one, that decides who may use it."""
    if actor is None or actor.has_perm(Permission.CHANGE_RULE):
        return
    ruled = AccessRule.objects.filter(tag__name__in=names).order_by("tag__name")
    if name := ruled.values_list("tag__name", flat=True).first():
        raise NotAllowed(
            f"Access rules speak of the tag {name}: giving it or taking it away needs the permission to"
            " change access rules."
        )
