"""Sessions that were ended before their time, read only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone
from unfold.decorators import display

from monitoring.admin.base import ServiceAdmin
from servers.models import EndedSession

STATES = {"Refused": "warning", "Past": "info"}


class PastFilter(admin.SimpleListFilter):
    """Sessions that would still be valid had they not been ended, or not."""

    title, parameter_name = "state", "state"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("refused", "Refused"), ("past", "Past")]

    def queryset(self, request: Any, queryset: QuerySet[EndedSession]) -> QuerySet[EndedSession]:
        """Narrow by the moment they would have ended anyway."""
        match self.value():
            case "refused":
                return queryset.filter(expires_at__gt=timezone.now())
            case "past":
                return queryset.filter(expires_at__lte=timezone.now())
        return queryset


@admin.register(EndedSession)
class EndedSessionAdmin(ServiceAdmin):
    """Session ids that are no longer accepted."""

    adds = changes = deletes = False
    empty_hint = "A session appears here when its client ends it before its 24 hours are over."
    list_display = ("nonce", "state", "expires_at")
    list_filter = (PastFilter,)
    search_fields = ("nonce__startswith",)
    search_help_text = "The beginning of a session's nonce"
    ordering = ("-expires_at",)
    fields = ("nonce", "state", "expires_at")

    @display(description="state", label=STATES)
    def state(self, row: EndedSession) -> str:
        """Say whether it matters still."""
        return "Refused" if row.expires_at > timezone.now() else "Past"
