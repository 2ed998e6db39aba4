"""What is stopped for now: by whom, since when and why; stopped and lifted from here."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from monitoring.admin.base import ServiceAdmin
from servers import services
from servers.admin.stopping import stop_page
from servers.errors import ServersError
from servers.models import Stop
from servers.stoppable import in_words

KINDS = {
    "everything": "danger",
    "server": "warning",
    "source": "warning",
    "entry": "warning",
    "user": "warning",
    "client": "warning",
}
GOES = "Calls of it run again at once, on every process. Those that were ended stay ended."


@admin.register(Stop)
class StopAdmin(ServiceAdmin):
    """The list has a button a row that lifts; a new stop begins with what is to be stopped."""

    refusals = (ServersError,)
    changes = False
    delete_word = "Lift"
    empty_hint = (
        "Everything runs. In an emergency, stop a tool, a server, a source, a person, a client or"
        " everything from here: it holds within a second, and callers read why."
    )
    list_display = ("what", "kind_shown", "reason", "since", "by", "lifting")
    list_display_links = ("what",)
    list_select_related = ("server", "source", "entry", "user", "client", "made_by")
    list_filter = ("kind",)
    search_fields = (
        "reason",
        "server__slug",
        "source__name",
        "entry__name",
        "user__username",
        "client__name",
    )
    search_help_text = "A reason or a name"
    fields = ("what", "kind_shown", "reason", "since", "by")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may lift stops sees them: they could not choose one otherwise."""
        return self.permitted(request, "delete") or super().has_view_permission(request, obj)

    def remove(self, request: Any, row: Stop) -> None:
        """Lift the stop."""
        services.lift(actor=request.user, stop=row)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep what was said."""
        return self.fields

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask what to stop, then why."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return stop_page(self, request)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lift on a click; a look asks first, for who comes by a link."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            words = in_words(row)
            if self.attempt(request, lambda: self.remove(request, row)):
                messages.success(request, f"Lifted: {words} goes on.")
            return HttpResponseRedirect(reverse("admin:servers_stop_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Lift the stop of {in_words(row)}?",
            "lead": GOES,
            "opts": self.opts,
            "form": forms.Form(),
            "submit_words": "Lift",
            "back": reverse("admin:servers_stop_changelist"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/hub/form.html", context)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Offer to lift to who may."""
        return self.list_display if self.has_delete_permission(request) else self.list_display[:-1]

    @display(description="stopped")
    def what(self, row: Stop) -> str:
        """Name what is stopped."""
        return in_words(row)

    @display(description="kind", label=KINDS, ordering="kind")
    def kind_shown(self, row: Stop) -> tuple[str, str]:
        """Say what kind of thing it is."""
        return row.kind, row.get_kind_display()

    @display(description="by", ordering="made_by__username")
    def by(self, row: Stop) -> str:
        """Name who stopped it."""
        return row.made_by.username if row.made_by else "the command line, or somebody who is gone"

    @display(description="since", ordering="created_at")
    def since(self, row: Stop) -> datetime:
        """Say when it was stopped."""
        return row.created_at

    @display(description="let go")
    def lifting(self, row: Stop) -> SafeString:
        """Offer to lift it."""
        return render_to_string("admin/servers/lift.html", {"stop": row, "words": in_words(row)})
