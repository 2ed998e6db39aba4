"""A job's page: how it stands, what happened to it, who asked, what went in and what came out."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.models import OAuthClient, User
from catalog.models import Tool
from catalog.runs import RUNS_WORDS
from monitoring.admin import times
from servers.admin import job_contents, job_words
from servers.jobs.callers import read_caller
from servers.jobs.managing import may_be_retried
from servers.jobs.said import lasted
from servers.jobs.states import sentence_of
from servers.models import Job, Server

EVERY_SECONDS = 2
WAYS = {str(way): words for way, words in RUNS_WORDS.items()}


def urls(page: Any) -> list[URLPattern]:
    """Return the address of the part that changes by itself."""
    wrap = page.admin_site.admin_view

    def part(request: HttpRequest, object_id: int) -> HttpResponse:
        return _part(page, request, str(object_id))

    return [path("<int:object_id>/part/", wrap(part), name="servers_job_part")]


def shown(page: Any, request: Any, object_id: str) -> HttpResponse:
    """Return the page, to who may see jobs."""
    if not page.has_view_permission(request) or request.method != "GET":
        raise PermissionDenied
    job = page.get_object(request, object_id)
    if job is None:
        return page._get_obj_does_not_exist_redirect(  # type: ignore[no-any-return]
            request, page.opts, object_id
        )
    context = {
        **page.admin_site.each_context(request),
        **_changing(page, request, job),
        "title": str(job),
        "opts": page.opts,
        "about": _about(page, request, job),
        "limits": _limits(job),
        "every": EVERY_SECONDS,
        "part_url": reverse("admin:servers_job_part", args=[job.pk]),
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/servers/job.html", context)


def _part(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Return the part that changes by itself."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    job = page.get_object(request, object_id)
    if job is None:
        raise Http404
    answer = render(request, "admin/servers/_job.html", _changing(page, request, job))
    answer["Cache-Control"] = "no-store"
    return answer


def _changing(page: Any, request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what changes while a job is open."""
    key, acts = job_words.state_of(job), page.has_act_permission(request)
    words, colour, sign = job_words.STATES[key]
    is_open = job_words.is_open(job)
    timeline = job_words.moments(job)
    others = [one["other"] for one in timeline if one["other"]]
    keys = dict(
        page.get_queryset(request).filter(public_id__in=others).values_list("public_id", "pk")
    )
    for one in timeline:
        one["other_pk"] = keys.get(one["other"])
    return {
        "job": job,
        "state": {"words": words, "colour": colour, "sign": sign},
        "why": job_words.why(job),
        "sentence": sentence_of(job),
        "is_open": is_open,
        "progress": job_words.progress_of(job),
        "message": job_contents.message_of(job),
        "figures": _figures(job),
        "contents": job_contents.of(job, request.user),
        "timeline": timeline,
        "may_cancel": acts and is_open,
        "may_retry": acts and may_be_retried(job),
        "may_purge": not is_open and page.has_delete_permission(request, job),
    }


def _figures(job: Job) -> list[tuple[str, str]]:
    now = timezone.now()
    begun = job.started_at or job.ended_at or now
    return [
        ("Age", job_words.age(job, now)),
        ("Waited", lasted((begun - job.created_at).total_seconds())),
        ("Run time", job_words.ran(job, now)),
        ("Attempt", str(job.attempt)),
        ("Worker", job.worker or "-"),
    ]


def _about(page: Any, request: HttpRequest, job: Job) -> list[tuple[str, str, str]]:
    """Return what it is: names, values, and addresses where this person may go there."""
    client = _client(job)
    through = job.client_name or (client.name if client else "") or "-"
    return [
        ("Tool", job.name, _link(page, request, Tool, job.entry)),
        *([("Through", job.via, "")] if job.via else []),
        ("Server", job.server.slug, _link(page, request, Server, job.server)),
        ("Asked by", job_words.owner(job), _link(page, request, User, job.user)),
        ("With", through, _link(page, request, OAuthClient, client)),
        ("Counts against", _counted(job), ""),
        ("Scope it takes", job.scope, ""),
        ("Held as a task", "yes" if job.is_task else "no: the call's own stream waits for it", ""),
        ("Revision", job.revision, ""),
        ("Id", job.public_id, ""),
    ]


def _limits(job: Job) -> list[tuple[str, str]]:
    """Return by what rules it runs."""
    once = "yes" if job.is_repeatable else "no: the tool does not say that it is idempotent"
    return [
        ("How it runs", WAYS.get(job.runs, job.runs)),
        ("Queue", job.get_queue_display()),
        ("An attempt may take", lasted(job.seconds)),
        ("May be begun again", once),
        ("Retries left", str(job.retries_left)),
        ("Workers lost", str(job.times_lost)),
        ("Accepted", times.second(job.created_at)),
        ("Due" if job.started_at is None else "Begun", times.second(job.started_at or job.due_at)),
        *([("Lease until", times.second(job.lease_until))] if job.lease_until else []),
        *([("Ended", times.second(job.ended_at))] if job.ended_at else []),
        ("Kept until", times.second(job.expires_at)),
    ]


def _client(job: Job) -> OAuthClient | None:
    """Return the client it came through, None for a token's."""
    try:
        told = read_caller(job.caller).client
        return OAuthClient.objects.filter(public_id=told).first() if told else None
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _counted(job: Job) -> str:
    """Say against whose quota it counts."""
    kind, _, rest = job.owner.partition(":")
    return {"address": f"the network {rest}", "client": "the client"}.get(kind, "the person")


def _link(page: Any, request: HttpRequest, model: type[Any], row: Any) -> str:
    """Return the address of a row's page, empty for who may not go there."""
    if row is None:
        return ""
    its = page.admin_site.get_model_admin(model)
    if not its.has_view_permission(request, row):
        return ""
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
