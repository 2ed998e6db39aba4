"""Requests for access: who asks for which server and why, and the answer."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminRadioSelectWidget

from monitoring.admin.base import ServiceAdmin, ServiceForm
from servers import services
from servers.errors import ServersError
from servers.models import AccessRequest

STATES = {"open": "warning", "granted": "success", "declined": "info"}
ANSWERS = {"granted": services.grant_request, "declined": services.decline_request}
CHOICES = (
    ("", "Let it wait"),
    ("granted", "Grant"),
    ("declined", "Decline"),
)
SHOWN = ("user", "server", "reason", "created_at", "state", "decided_at")


class AnswerForm(ServiceForm):
    """The answer to a request that waits."""

    answer = forms.ChoiceField(
        choices=CHOICES,
        required=False,
        initial="",
        widget=UnfoldAdminRadioSelectWidget,
        help_text="Granted, an access rule lets this person use everything on the server, at once."
        " Declined, they may ask again after a week.",
    )

    class Meta:
        model = AccessRequest
        fields = ()


@admin.register(AccessRequest)
class AccessRequestAdmin(ServiceAdmin):
    """What waits first, then the newest."""

    form = AnswerForm
    refusals = (ServersError,)
    adds = deletes = False
    empty_hint = (
        "Mark a server as discoverable: people who may not use it see its title and description,"
        " and may ask for access."
    )
    list_display = ("who", "server", "reason", "created_at", "state_shown", "decided_at")
    list_display_links = ("who",)
    list_filter = ("state", "server")
    list_select_related = ("user", "server")
    search_fields = ("user__username", "server__slug", "server__title", "reason")
    search_help_text = "A person, a server or a reason"
    ordering = (Case(When(state=AccessRequest.State.OPEN, then=Value(0)), default=Value(1)), "-pk")
    actions = ("grant", "decline")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Take an answer only while none is given."""
        answered = obj is not None and obj.state != AccessRequest.State.OPEN
        return not answered and super().has_change_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may answer sees what was answered too."""
        return bool(super().has_view_permission(request)) or self.has_change_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Offer an answer to who may give one."""
        return (*SHOWN, "answer") if self.has_change_permission(request, obj) else SHOWN

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep what was asked as it was asked."""
        return SHOWN

    def update(self, request: Any, row: AccessRequest, form: Any) -> None:
        """Answer."""
        if answer := ANSWERS.get(form.cleaned_data.get("answer", "")):
            answer(actor=request.user, request=row)

    @admin.action(description="Grant", permissions=("change",))
    def grant(self, request: Any, queryset: QuerySet[AccessRequest]) -> None:
        """Let in each of the selected."""

        def act(row: AccessRequest) -> None:
            services.grant_request(actor=request.user, request=row)

        self.each(request, queryset, act, "granted")

    @admin.action(description="Decline", permissions=("change",))
    def decline(self, request: Any, queryset: QuerySet[AccessRequest]) -> None:
        """Decline each of the selected."""

        def act(row: AccessRequest) -> None:
            services.decline_request(actor=request.user, request=row)

        self.each(request, queryset, act, "declined")

    @display(description="who", ordering="user__username")
    def who(self, row: AccessRequest) -> str:
        """Name the person."""
        return row.user.username

    @display(description="state", label=STATES, ordering="state")
    def state_shown(self, row: AccessRequest) -> tuple[str, str]:
        """Say what became of it."""
        return row.state, row.get_state_display()
