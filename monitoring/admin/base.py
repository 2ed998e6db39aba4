"""What every admin page of the hub stands on: rows change through services, never around them.

A page says which of add, change and delete it has and which service does each; what a service
refuses is shown in the form. It stands in this room since every other may import from here.
Django's own log of admin actions is not kept: the audit trail is the one record.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline

from monitoring.admin.deleting import ask_and_delete
from monitoring.errors import MonitoringError

CHANGED_MEANWHILE = "Something this depends on was changed meanwhile. Look at it, and try again."
NOT_RECORDED = "Nothing was changed: the audit trail takes no record now. Try again in a moment."
TOLD = 5
"""How many refusals of one bulk action are told singly."""


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose values go to a service; what that refused comes back as the form's error."""

    refusal = ""

    def clean(self) -> dict[str, Any] | None:
        """Show the refusal of the attempt before this rendering."""
        cleaned = super().clean()
        if self.refusal:
            self.add_error(None, self.refusal)
        return cleaned


class ServiceAdmin(ModelAdmin):  # type: ignore[misc]
    """A list and a page for each row; writes are `create`, `update`, `remove` and `save_rows`."""

    form = ServiceForm
    refusals: tuple[type[Exception], ...] = ()
    adds = changes = deletes = True
    delete_word = "Delete"
    empty_hint = ""
    list_per_page = 50
    list_max_show_all = 0
    list_filter_sheet = True
    show_facets = ShowFacets.NEVER  # they count each choice of each filter
    save_as = False
    view_on_site = False
    delete_selected_confirmation_template = None

    # --- which service does what ---------------------------------------------------------------
    def create(self, request: Any, form: Any) -> Model:
        """Call the service that makes a row of a valid form."""
        raise NotImplementedError

    def update(self, request: Any, row: Any, form: Any) -> None:
        """Call the services that change `row`, which is as the database has it, as ordered."""
        raise NotImplementedError

    def remove(self, request: Any, row: Any) -> None:
        """Call the service that deletes the row."""
        raise NotImplementedError

    def save_rows(self, request: Any, row: Any, formset: Any) -> None:
        """Call the services that bring the rows of an inline in line with its formset."""
        raise NotImplementedError

    def what_goes(self, row: Any) -> list[str]:
        """Return sentences on what goes with the row, for the page that asks before deleting."""
        return []

    def name_to_type(self, row: Any) -> str:
        """Return what is typed again before deleting."""
        return str(row)

    def complete(self, rows: Sequence[Any]) -> None:
        """Give rows that are about to be shown what no query of theirs can, for all of them at once."""

    # --- who may -------------------------------------------------------------------------------
    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where a service makes rows."""
        return self.adds and bool(super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where a service changes rows."""
        return self.changes and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where a service deletes rows."""
        return self.deletes and bool(super().has_delete_permission(request, obj))

    # --- writing -------------------------------------------------------------------------------
    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Hand the form to the service instead of saving the row."""
        if change:
            # Services judge the row as it is: the form has written its values into `obj`.
            row = self.model._default_manager.get(pk=obj.pk)
            self.update(request, row, form)
        else:
            obj.pk = self.create(request, form).pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Hand each inline to its services; many-to-many fields are never saved here."""
        for formset in formsets:
            if formset.has_changed():
                self.save_rows(request, form.instance, formset)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Hand the row to the service that deletes it."""
        self.remove(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Hand each row to the service that deletes it."""
        for row in queryset:
            self.remove(request, row)

    # --- refusals ------------------------------------------------------------------------------
    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form's class, made anew for each request, with what was refused in it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", "")
        return form

    def changeform_view(
        self,
        request: Any,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or save; what a service refuses rolls all back and is shown in the form."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self._caught() as error:
            request.refusal = self.told(error)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the name typed again, then delete."""
        return ask_and_delete(self, request, object_id)

    def told(self, error: Exception) -> str:
        """Return a refusal as a sentence; the words of a database are nobody's to read."""
        if isinstance(error, self.refusals):
            return str(error)
        return NOT_RECORDED if isinstance(error, MonitoringError) else CHANGED_MEANWHILE

    def attempt(self, request: HttpRequest, act: Callable[[], object]) -> bool:
        """Do it whole or not at all; a refusal becomes a message. Tell whether it was done."""
        try:
            with transaction.atomic():
                act()
        except self._caught() as error:
            messages.error(request, self.told(error))
            return False
        return True

    def each(
        self, request: HttpRequest, rows: Iterable[Model], act: Callable[[Any], object], done: str
    ) -> None:
        """Do it for each row by itself, then tell how many ("3 tools switched on")."""
        count, refused = 0, []
        for row in rows:
            try:
                act(row)
                count += 1
            except self._caught() as error:
                refused.append(f"{row}: {self.told(error)}")
        if count:
            messages.success(request, f"{count} {self.named(count)} {done}.")
        for sentence in refused[:TOLD]:
            messages.error(request, sentence)
        if len(refused) > TOLD:
            messages.error(request, f"And {len(refused) - TOLD} more were refused.")

    def named(self, count: int) -> str:
        """Return what so many of these rows are called."""
        opts = self.model._meta
        return str(opts.verbose_name if count == 1 else opts.verbose_name_plural)

    def _caught(self) -> tuple[type[Exception], ...]:
        return (*self.refusals, MonitoringError, IntegrityError, ObjectDoesNotExist)

    # --- what Django's admin would add ----------------------------------------------------------
    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out deletion of many at once: each asks for its name."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show inlines once there is a row that they can belong to."""
        return self.inlines if obj else ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out the links that open other pages in a pop-up."""
        return without_links(super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Complete the rows, and give the list what it says when it is empty."""
        changelist: ChangeList = super().get_changelist_instance(request)
        self.complete(changelist.result_list)
        changelist.empty_hint = self.empty_hint  # type: ignore[attr-defined]
        return changelist

    def get_object(self, request: Any, object_id: str, from_field: Any = None) -> Any:
        """Return a row, complete."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.complete([row])
        return row

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Lead to the list, and say so in words: a key tells nobody anything."""
        messages.warning(request, f"This {opts.verbose_name} is not there. Was it deleted?")
        return HttpResponseRedirect(
            reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
            if self.has_view_or_change_permission(request)
            else reverse("admin:index")
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the audit trail, which is the history."""
        return HttpResponseRedirect(reverse("admin:monitoring_auditevent_changelist"))

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Leave it to the audit trail."""
        return ""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Leave it to the audit trail."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Leave it to the audit trail."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Leave it to the audit trail."""


class RowsInline(TabularInline):  # type: ignore[misc]
    """The rows of a page's row that are there: changed and removed by who may change the page's."""

    extra = 0
    per_page: int | None = 50
    hide_title = True
    ADDS = False
    CHANGES = True
    DELETES = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees the page sees its rows."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:
        """Only where new rows are this inline's to make."""
        return self.ADDS and self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where there is something to change."""
        return self.CHANGES and self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where rows can be removed."""
        return self.DELETES and self._may(request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out the links that open other pages in a pop-up."""
        return without_links(super().formfield_for_dbfield(db_field, request, **kwargs))

    def _may(self, request: Any) -> bool:
        opts = self.parent_model._meta
        return bool(request.user.has_perm(f"{opts.app_label}.change_{opts.model_name}"))


def without_links(field: Any) -> Any:
    """Take from a form field the links that add, change or delete what can be chosen."""
    for link in ("add", "change", "delete", "view"):
        if hasattr(getattr(field, "widget", None), f"can_{link}_related"):
            setattr(field.widget, f"can_{link}_related", False)
    return field
