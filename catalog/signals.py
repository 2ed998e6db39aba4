"""What this room tells the rooms above it, which it may not import."""

from django.dispatch import Signal

source_synced = Signal()
"""Sent with `source` (a Source row) inside the transaction that changed which entries it offers or
under what definition, before the change is announced: "all of a source" is published by receivers.
"""

tag_leaving = Signal()
"""Sent with `tag` (a Tag row) inside the transaction that is about to delete it; a receiver that
depends on the tag raises TagInUse with a sentence that says how.
"""

tags_changing = Signal()
"""Sent with `actor` (a User, or None for the command line) and `names` (a set of tags' names) inside the
transaction that is about to give an entry those tags or take them off; a receiver raises NotAllowed with a
sentence if the actor may not.
"""
