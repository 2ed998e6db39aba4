"""What this room does when another one changes: it publishes what a source newly offers, and keeps
the tags that its access rules name.
"""

from typing import Any

from catalog.errors import TagInUse
from catalog.models import Source, Tag
from catalog.signals import source_synced, tag_leaving
from servers.models import AccessRule
from servers.services.following import follow_source


def connect() -> None:
    """Connect every receiver, once however often it is asked for."""
    source_synced.connect(_source_synced, dispatch_uid="servers.follow_source")
    tag_leaving.connect(_tag_leaving, dispatch_uid="servers.keep_tag")


def _source_synced(source: Source, **kwargs: Any) -> None:
    """A source's entries changed; told inside the transaction that changed them."""
    follow_source(source)


def _tag_leaving(tag: Tag, **kwargs: Any) -> None:
    """A tag is about to go: with it would go the rules about it, and a deny that goes opens."""
    rule = AccessRule.objects.filter(tag=tag).select_related("server", "team", "user").first()
    if rule is not None:
        raise TagInUse(f"An access rule speaks of the tag {tag}: {rule}. Delete the rule first.")
