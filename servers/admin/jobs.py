"""Jobs: the list, which keeps itself up to date, and the way to a job's page (job_page.py)."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from unfold.decorators import display

from monitoring.admin.base import ServiceAdmin
from servers.admin import job_acts, job_contents, job_page, job_words
from servers.admin.job_filters import FILTERS
from servers.errors import ServersError
from servers.jobs.managing import purge_job
from servers.models import Job
from servers.permissions import Permission

LARGE = ("arguments", "result", "error", "asked", "answers", "caller")
"""What no list needs."""
COLOURS = {key: colour for key, (_, colour, _) in job_words.STATES.items()}


@admin.register(Job)
class JobAdmin(ServiceAdmin):
    """Calls that run as jobs, the newest first."""

    refusals = (ServersError,)
    adds = changes = False
    delete_word = "Delete"
    empty_hint = (
        "A job is a call that outlives its request: a worker does it, and its client watches, or comes"
        " back for the result. A tool becomes one with @tool(job=True) in its file, or by “How it runs”"
        " on its page here."
    )
    list_before_template = "admin/servers/jobs.html"
    list_display = (
        "shown",
        "state_shown",
        "who",
        "far",
        "aged",
        "worker_shown",
    )
    list_display_links = ("shown",)
    list_filter = FILTERS
    search_fields = ("public_id__startswith", "name__icontains", "user__username__icontains")
    search_help_text = "The beginning of an id, a tool or a person"
    ordering = ("-id",)
    actions = job_acts.ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Return the rows with what a list shows of others, and without what is large."""
        rows: QuerySet[Job] = super().get_queryset(request)
        return rows.select_related("server", "entry", "user").defer(*LARGE)

    def get_object(self, request: Any, object_id: str, from_field: Any = None) -> Any:
        """Return a row, whole."""
        row = super().get_object(request, object_id, from_field)
        if row is None:
            return None
        return Job.objects.select_related("server", "entry", "user").filter(pk=row.pk).first()

    def has_act_permission(self, request: Any, obj: Any = None) -> bool:
        """Who may change jobs cancels them, and has them done again."""
        return bool(request.user.has_perm(Permission.CHANGE_JOB))

    def get_urls(self) -> list[URLPattern]:
        """Add the rows alone, the part of a page that changes, and the acts."""
        wrap = self.admin_site.admin_view
        return [
            path("rows/", wrap(self.rows_view), name="servers_job_rows"),
            *job_page.urls(self),
            *job_acts.urls(self),
            *super().get_urls(),
        ]

    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """Return the rows as the list's page shows them now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseBadRequest()
        changelist.formset = None  # rows are not edited in the list
        answer = render(request, "admin/servers/_jobs.html", {"cl": changelist, "opts": self.opts})
        answer["Cache-Control"] = "no-store"
        return answer

    def changeform_view(
        self, request: Any, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show a job's page; nothing is changed or added by a form."""
        if object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        return job_page.shown(self, request, object_id)

    def remove(self, request: Any, row: Job) -> None:
        """Delete a job that has ended."""
        purge_job(actor=request.user, job=row)

    def name_to_type(self, row: Job) -> str:
        """Ask for the beginning of its id."""
        return row.public_id[:8]

    def what_goes(self, row: Job) -> list[str]:
        """Say what goes with it."""
        return list(job_acts.PURGED)

    # --- columns ---------------------------------------------------------------------------------
    @display(description="tool", ordering="name", header=True)
    def shown(self, row: Job) -> tuple[str, str]:
        """Name the tool, and below it the server and the job."""
        return row.name, f"{row.server.slug} · {row.public_id[:8]}"

    @display(description="state", label=COLOURS, ordering="state")
    def state_shown(self, row: Job) -> tuple[str, str]:
        """Say how it stands."""
        key = job_words.state_of(row)
        return key, job_words.STATES[key][0]

    @display(description="who asked", ordering="user__username", header=True)
    def who(self, row: Job) -> tuple[str, str]:
        """Name who asked, and below it the client."""
        return job_words.owner(row), row.client_name

    @display(description="progress")
    def far(self, row: Job) -> str:
        """Show how far it is, or why it ended otherwise."""
        context = {
            "job": row,
            "progress": job_words.progress_of(row),
            "message": job_contents.message_of(row) if job_words.is_open(row) else "",
            "why": job_words.why(row),
            "is_open": job_words.is_open(row),
        }
        return render_to_string("admin/servers/_progress.html", context)

    @display(description="age", ordering="-created_at", header=True)
    def aged(self, row: Job) -> tuple[str, str]:
        """Say how long ago it was accepted, and below it how long it ran."""
        word = "runs" if job_words.is_open(row) else "ran"
        return job_words.age(row), f"{word} {job_words.ran(row)}" if row.started_at else ""

    @display(description="worker", ordering="worker", header=True)
    def worker_shown(self, row: Job) -> tuple[str, str]:
        """Name who works on it, or did last, and below how often it was begun."""
        return row.worker or "-", f"attempt {row.attempt}" if row.attempt else "not begun"
