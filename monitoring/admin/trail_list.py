"""The list of the audit trail: pages by place, never counted, with the timeline above."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.views import ChangeList

from monitoring.models import AuditEvent
from monitoring.trail.narrowing import Narrowed, narrowed
from monitoring.trail.paging import Page, Place, page, read_place
from monitoring.trail.timeline import Bar, timeline

PLACES = ("before", "after")


@dataclass(frozen=True, slots=True)
class Pages:
    """What stands where other lists have numbers of pages."""

    newer: str
    older: str
    partly: bool
    per_page: int
    stretch: int
    template_name: str = "admin/monitoring/pages.html"


class TrailList(ChangeList):  # type: ignore[misc]
    """Events that fit what the address asks for, newest first."""

    wanted: Narrowed

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: Any = None
    ) -> QuerySet[AuditEvent]:
        """Return what fits; the places in the address are of this page, and in no link to another."""
        self.places = {name: read_place(request.GET.get(name, "")) for name in PLACES}
        for name in PLACES:
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        super().get_queryset(request, exclude_parameters)
        self.wanted = narrowed(request.GET.dict(), only=self.model_admin.only(request))
        rows: QuerySet[AuditEvent] = self.model_admin.with_names(self.wanted.fitting())
        return rows

    def get_results(self, request: HttpRequest) -> None:
        """Look for the page, and draw the timeline."""
        found = page(self.wanted, self.queryset, self.list_per_page, **self.places)
        self.timeline = timeline(self.wanted)
        self.bars = (
            [(bar, self._narrowed_to(bar)) for bar in self.timeline.bars] if self.timeline else []
        )
        self.query_now = self.get_query_string()
        self.paginator = self._pages(found)
        self.result_list = list(found.rows)
        self.result_count = len(self.result_list)
        self.full_result_count = self.result_count
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = False

    def _narrowed_to(self, bar: Bar) -> str:
        """Return the address of the events of one bar, among those that the list is of."""
        span = {"from": _moment(bar.at), "to": _moment(bar.end)}
        address: str = self.get_query_string(span, remove=["span"])
        return address

    def _pages(self, found: Page) -> Pages:
        newer, older = self._link("after", found.newer), self._link("before", found.older)
        return Pages(newer, older, found.partly, self.list_per_page, self.wanted.stretch)

    def _link(self, name: str, place: Place | None) -> str:
        return self.get_query_string({name: str(place)}) if place else ""


def _moment(at: datetime) -> str:
    """Return a moment as it is typed, in the reader's own time zone."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
