"""Web pages that may call MCP endpoints from a browser (CORS)."""

from typing import Any

from django.contrib import admin

from monitoring.admin.base import ServiceAdmin, ServiceForm
from servers import services
from servers.errors import ServersError
from servers.models import AllowedOrigin
from servers.services.origins import as_browsers_say


class OriginForm(ServiceForm):
    """An origin, written as people write it."""

    class Meta:
        model = AllowedOrigin
        fields = ("origin", "note")
        help_texts = {
            "origin": "Scheme, host and port, such as https://inspector.example.com. Pages of it"
            " may then call every server from a person's browser.",
            "note": "Who asked for it, and why.",
        }

    def clean_origin(self) -> str:
        """Return it as browsers send it, before it is judged."""
        return as_browsers_say(self.cleaned_data["origin"])


@admin.register(AllowedOrigin)
class AllowedOriginAdmin(ServiceAdmin):
    """The allow-list; empty, no page but the hub's own may call."""

    form = OriginForm
    refusals = (ServersError,)
    changes = False
    empty_hint = "No web page but the hub's own may call its servers. Programs need no origin."
    list_display = ("origin", "note", "created_at")
    list_filter = ("created_at",)
    search_fields = ("origin", "note")
    search_help_text = "An origin or a note"
    fields = ("origin", "note")

    def create(self, request: Any, form: Any) -> AllowedOrigin:
        """Allow the origin."""
        return services.allow_origin(actor=request.user, **form.cleaned_data)

    def remove(self, request: Any, row: AllowedOrigin) -> None:
        """Forget the origin."""
        services.forget_origin(actor=request.user, origin=row)

    def what_goes(self, row: AllowedOrigin) -> list[str]:
        """Say what forgetting means."""
        return ["Browsers no longer let its pages read what the hub answers."]
