"""What is done with jobs from their pages: cancelled, done again, deleted; each is asked for first."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from monitoring.admin.confirming import ActOnMany, ask_and_act_on_many
from servers.jobs.managing import RETRIABLE, cancel_job, may_be_retried, purge_job, retry_job
from servers.jobs.states import OPEN
from servers.models import Job

CANCELLED = (
    "Its client is told that it was cancelled; so it stays, whatever its worker still brings.",
    "What it has begun may have happened, or may still: a function that never looks up runs on.",
)
RETRIED_SAYS = (
    "A new job, for the same person and client, with the same arguments and the answers that were given.",
    "Whether they still may use the tool is judged when it runs; a tool that was changed meanwhile fails.",
    "What the tool did in ctx.once and finished is not repeated.",
)
MAY_HAVE_RUN = (
    "The tool does not say that it may be repeated, and this job was begun {times}: what it does may have"
    " happened already, and would happen again."
)
CLIENT = {
    True: "Its client holds it as a task: a new one has another id, which the client must look for.",
    False: "Nobody waits for its result: read it here.",
}
PURGED = (
    "Its timeline, its arguments and its result are deleted; the audit trail keeps that it ran.",
    "A client that holds it as a task finds it no more.",
)


def urls(page: Any) -> list[URLPattern]:
    """Return the addresses of the acts, for the admin page of jobs."""
    acts = {"cancel": _cancel, "retry": _retry}

    def opened(act: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            return act(page, request, _changed(page, request, object_id))

        return view

    return [
        path(
            f"<int:object_id>/{name}/",
            page.admin_site.admin_view(opened(act)),
            name=f"servers_job_{name}",
        )
        for name, act in acts.items()
    ]


def _changed(page: Any, request: HttpRequest, object_id: str) -> Job:
    """Return a job that this person may act on."""
    if not page.has_act_permission(request):
        raise PermissionDenied
    job: Job | None = page.get_object(request, str(object_id))
    if job is None:
        raise Http404
    return job


def _cancel(page: Any, request: Any, job: Job) -> HttpResponse:
    """Ask, and cancel."""
    if request.method == "POST":
        done = page.attempt(request, lambda: cancel_job(actor=request.user, job=job))
        return _back(page, request, job, f"Cancelled: {job}." if done else "")
    if job.state not in OPEN:
        return _back(page, request, job, "It has ended already.")
    return _asked(page, request, job, f"Cancel {job}?", CANCELLED, "Cancel it", final=True)


def _retry(page: Any, request: Any, job: Job) -> HttpResponse:
    """Ask, with a warning where it may have run, and have it done again."""
    if request.method == "POST":
        made: list[Job] = []
        page.attempt(request, lambda: made.append(retry_job(actor=request.user, job=job)))
        told = f"{made[0]} is queued: {job} once more." if made else ""
        return _back(page, request, made[0] if made else job, told)
    if not may_be_retried(job):
        return _back(page, request, job, "Only a job that failed or was cancelled is done again.")
    times = "once" if job.attempt == 1 else f"{job.attempt} times"
    warning = MAY_HAVE_RUN.format(times=times) if job.attempt and not job.is_repeatable else ""
    sentences = (*RETRIED_SAYS, CLIENT[job.is_task])
    return _asked(page, request, job, f"Do {job} again?", sentences, "Do it again", warning=warning)


def _back(page: Any, request: HttpRequest, job: Job, told: str) -> HttpResponse:
    if told:
        page.message_user(request, told)
    return HttpResponseRedirect(reverse("admin:servers_job_change", args=[job.pk]))


def _asked(
    page: Any,
    request: Any,
    job: Job,
    title: str,
    sentences: tuple[str, ...],
    word: str,
    **more: Any,
) -> HttpResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "opts": page.opts,
        "job": job,
        "sentences": sentences,
        "word": word,
        "back": reverse("admin:servers_job_change", args=[job.pk]),
        **more,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/servers/job_act.html", context)


@admin.action(description="Cancel…", permissions=("act",))
def cancel_many(page: Any, request: Any, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Ask, and cancel each of the selected."""

    def act(row: Job) -> None:
        cancel_job(actor=request.user, job=row)

    asked = ActOnMany("cancel_many", "Cancel", "cancelled", CANCELLED, act)
    return ask_and_act_on_many(page, request, queryset, asked)


@admin.action(description="Do again…", permissions=("act",))
def retry_many(page: Any, request: Any, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Ask, and have each of the selected done again that may be."""

    def act(row: Job) -> None:
        retry_job(actor=request.user, job=row)

    risky = queryset.filter(RETRIABLE, is_repeatable=False, attempt__gt=0).count()
    warned = (
        [f"{risky} of them may have run, and would do what they do once more."] if risky else []
    )
    asked = ActOnMany("retry_many", "Do again", "queued once more", (*warned, *RETRIED_SAYS), act)
    return ask_and_act_on_many(page, request, queryset, asked)


@admin.action(description="Delete…", permissions=("delete",))
def purge_many(page: Any, request: Any, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Ask, and delete each of the selected that has ended."""

    def act(row: Job) -> None:
        purge_job(actor=request.user, job=row)

    asked = ActOnMany("purge_many", "Delete", "deleted", PURGED, act)
    return ask_and_act_on_many(page, request, queryset, asked)


ACTS = (cancel_many, retry_many, purge_many)
