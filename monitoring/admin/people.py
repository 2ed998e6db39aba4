"""The names behind the ids of the audit trail, and forgetting them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from monitoring import audit
from monitoring.admin.base import ServiceAdmin
from monitoring.models import AuditPerson

STATES = {"Named": "success", "Erased": "warning"}


@admin.register(AuditPerson)
class AuditPersonAdmin(ServiceAdmin):
    """Who the trail names; erasing leaves the events, which then name nobody."""

    adds = changes = False
    delete_word = "Erase"
    empty_hint = "People appear here with the first thing they do."
    list_display = ("shown", "id", "state")
    list_filter = (("erased_at", admin.EmptyFieldListFilter),)
    search_fields = ("label",)
    search_help_text = "A name"
    ordering = ("label", "id")
    fields = ("shown", "id", "state", "erased_at")

    def remove(self, request: Any, row: AuditPerson) -> None:
        """Forget the name; the row stays, to say that it was forgotten."""
        audit.erase(
            actor=request.user.public_id, actor_label=request.user.get_username(), person=row.pk
        )

    def what_goes(self, row: AuditPerson) -> list[str]:
        """Say what erasing means."""
        return [
            "The name is forgotten for good, in the trail's pages and in exports to come.",
            "The events stay, with an id that names nobody, and the trail still verifies.",
            "The person's account is not touched: delete it under People.",
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who is erased already cannot be erased again."""
        return bool(super().has_delete_permission(request, obj)) and not (obj and obj.erased_at)

    @display(description="name", ordering="label")
    def shown(self, row: AuditPerson) -> str:
        """Show the name while there is one."""
        return row.label or "(erased)"

    @display(description="state", label=STATES)
    def state(self, row: AuditPerson) -> str:
        """Say whether the name is still known."""
        return "Erased" if row.erased_at else "Named"
