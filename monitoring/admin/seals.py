"""Seals, read only."""

import json
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin
from monitoring.models import AuditSeal


@admin.register(AuditSeal)
class AuditSealAdmin(ServiceAdmin):
    """What every chain's newest event was, from time to time."""

    adds = changes = deletes = False
    empty_hint = "The first seal is made a few seconds after the first event."
    ordering = ("-id",)
    list_display = ("made", "chains", "key_id", "short_mac")
    list_filter = ("key_id",)
    search_fields = ("mac__startswith",)
    search_help_text = "The beginning of a seal's MAC"
    fields = ("made", "chains", "heads", "previous", "mac", "key_id", "pruned_below")

    @display(description="made", ordering="id")
    def made(self, row: AuditSeal) -> str:
        """Show the moment, in UTC as the trail keeps it."""
        return times.second(row.at)

    @display(description="chains")
    def chains(self, row: AuditSeal) -> int:
        """Count the chains it names."""
        try:
            heads: Any = json.loads(row.heads)
        except ValueError:
            return 0
        return len(heads) if isinstance(heads, dict) else 0

    @display(description="MAC")
    def short_mac(self, row: AuditSeal) -> str:
        """Show the beginning of the MAC, enough to tell seals apart."""
        return f"{row.mac[:16]}…"
