"""Requests for access: who asks for which server and why, and the answer."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, Value, When
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminRadioSelectWidget

from accounts.foreign import clean_line
from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin, ServiceForm
from servers import services
from servers.errors import ServersError
from servers.models import AccessRequest
from servers.permissions import Permission

STATES = {"open": "warning", "granted": "success", "declined": "info"}
ANSWERS = {"granted": services.grant_request, "declined": services.decline_request}
CHOICES = (
    ("", "Let it wait"),
    ("granted", "Grant"),
    ("declined", "Decline"),
)
SAID = {"grant": "granted", "decline": "declined"}
"""The last part of a button's address -> the answer."""
TOLD = {
    "grant": "{user} may use {server} from now on.",
    "decline": "{user}'s request for {server} was declined.",
}
LONGEST_REASON = 500
SHOWN = ("user", "server", "why", "created_at", "state", "decided_at")


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
    list_display = ("who", "server", "why", "created_at", "state_shown", "answered")
    list_display_links = ("who",)
    list_filter = ("state", "server")
    list_select_related = ("user", "server")
    search_fields = ("user__username", "server__slug", "server__title", "reason")
    search_help_text = "A person, a server or a reason"
    ordering = (Case(When(state=AccessRequest.State.OPEN, then=Value(0)), default=Value(1)), "-pk")
    actions = ("grant", "decline")

    def get_urls(self) -> list[URLPattern]:
        """Add what the buttons of a row send to."""
        wrapped = self.admin_site.admin_view(self.answer)
        one = path("<int:pk>/<slug:said>/", wrapped, name="servers_accessrequest_answer")
        *own, last = super().get_urls()
        return [*own, one, last]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessRequest]:
        """Return the requests with the teams of who asks."""
        rows: QuerySet[AccessRequest] = super().get_queryset(request)
        return rows.prefetch_related("user__teams")

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """Give each row that waits its buttons, by what this person may do."""
        may_decline = self.has_change_permission(request)
        may = {
            "may_decline": may_decline,
            "may_grant": may_decline and request.user.has_perm(Permission.ADD_RULE),
        }

        @display(description="answer")
        def answer(row: AccessRequest) -> str:
            return _buttons(row, may)

        return (*self.list_display, answer) if may_decline else self.list_display

    def answer(self, request: Any, pk: int, said: str) -> HttpResponse:
        """Grant or decline one request, and lead back to the inbox."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        if said not in SAID:
            raise Http404
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        act = ANSWERS[SAID[said]]
        if self.attempt(request, lambda: act(actor=request.user, request=row)):
            messages.success(request, TOLD[said].format(user=row.user.username, server=row.server))
        return HttpResponseRedirect(reverse("admin:servers_accessrequest_changelist"))

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

    @display(description="who", ordering="user__username", header=True)
    def who(self, row: AccessRequest) -> tuple[str, str]:
        """Name the person, and below it their teams."""
        return row.user.username, ", ".join(team.name for team in row.user.teams.all())

    @display(description="reason", ordering="reason")
    def why(self, row: AccessRequest) -> str:
        """Give the reason in the asker's words, in one line of what can be seen."""
        return clean_line(row.reason, LONGEST_REASON) or "-"

    @display(description="answered", ordering="decided_at")
    def answered(self, row: AccessRequest) -> str:
        """Say when it was answered."""
        return times.minute(row.decided_at, "-")

    @display(description="state", label=STATES, ordering="state")
    def state_shown(self, row: AccessRequest) -> tuple[str, str]:
        """Say what became of it."""
        return row.state, row.get_state_display()


def _buttons(row: AccessRequest, may: dict[str, bool]) -> str:
    """Return the buttons of a row that waits; they send the list's own form, with its CSRF token."""
    if row.state != AccessRequest.State.OPEN:
        return ""
    links = {
        said: reverse("admin:servers_accessrequest_answer", args=[row.pk, said]) for said in SAID
    }
    return render_to_string("admin/servers/answer.html", {"row": row, **may, **links})
