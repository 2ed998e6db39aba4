"""What every admin page of the hub stands on: rows change through services, never around them.

A page says which of add, change and delete it has and which service does each; what a service
refuses is shown in the form. It stands in this room since every other may import from here.
Django's own log of admin actions is not kept: the audit trail is the one record.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from monitoring.admin import roles
from monitoring.admin.deleting import ask_and_delete
from monitoring.admin.editions import FIELD as EDITION
from monitoring.admin.editions import EditedForm
from monitoring.admin.inlines import without_links
from monitoring.admin.led import led
from monitoring.errors import MonitoringError

CHANGED_MEANWHILE = "Something this depends on was changed meanwhile. Look at it, and try again."
NOT_RECORDED = "Nothing was changed: the audit trail takes no record now. Try again in a moment."
TOLD = 5
"""How many refusals of one bulk action are told singly."""


class ServiceForm(EditedForm):
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
    adds_more = True
    """Whether one may want to add another row at once."""
    delete_word = "Delete"
    empty_hint = ""
    permission_name = ""
    """What Django's permissions call these rows, where it is not the model's own name."""
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False  # a count of all rows, beside that of those which fit
    list_filter_sheet = True
    show_facets = ShowFacets.NEVER  # they count each choice of each filter
    save_as = False
    view_on_site = False
    delete_selected_confirmation_template = None
    unseen: tuple[str, ...] = ()
    """Fields that no page shows, and by which no list may be narrowed either, letter by letter."""

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
    def permitted(self, request: Any, *verbs: str) -> bool:
        """Tell whether a permission gives one of these on every row; what a role opens is apart."""
        app, name = self.opts.app_label, self.permission_name or self.opts.model_name
        return any(request.user.has_perm(f"{app}.{verb}_{name}") for verb in verbs)

    def opened(self, request: Any, verb: str, obj: Any = None) -> bool:
        """Tell whether a role in a team opens the row, or any row, for that."""
        rows = self._opened_rows(request, verb)
        if rows is None:
            return False
        return obj is None or self.model._default_manager.filter(rows, pk=obj.pk).exists()

    def by_role(self, request: Any) -> bool:
        """Tell whether somebody is here by a role alone, and so sees the rows of their teams alone."""
        return not self.permitted(request, "view", "change") and self.opened(request, "view")

    def seen(self, request: Any, object_id: str) -> Any:
        """Return a row that this person may see; for the acts of a row's page, which lead on with its name.

        Raises PermissionDenied, and Http404 for what is not there, or not there for this person.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def _opened_rows(self, request: Any, verb: str) -> Any:
        name = self.permission_name or self.opts.model_name
        return roles.opened(request.user, f"{self.opts.app_label}.{name}", verb)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows; to who is here by a role, those of their teams."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(self._opened_rows(request, "view")) if self.by_role(request) else rows

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Leave out filters that name rows of other models: a role opens none of those."""
        filters = super().get_list_filter(request)
        return (
            [each for each in filters if self._is_plain(each)] if self.by_role(request) else filters
        )

    def _is_plain(self, each: Any) -> bool:
        if not isinstance(each, str):
            return not isinstance(each, tuple)
        return "__" not in each and not self.opts.get_field(each).is_relation

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the list among those of its room to who may see it, also by a role."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may by a permission, or by a role."""
        may = self.permitted(request, "view", "change")
        return may or self.opened(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where a service makes rows."""
        return self.adds and bool(super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where a service changes rows."""
        may = self.permitted(request, "change") or self.opened(request, "change", obj)
        return self.changes and may

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where a service deletes rows."""
        return self.deletes and bool(super().has_delete_permission(request, obj))

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Keep addresses from asking for what is unseen: Django lets them ask for every field.

        Of relations only those that the list has a filter for: others tell of rows that a page of
        their own may hide from this person.
        """
        name = lookup.partition(LOOKUP_SEP)[0]
        if name in self.unseen or (self._relates(name) and name not in self._filtered(request)):
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def _relates(self, name: str) -> bool:
        try:
            return bool(self.opts.get_field(name).is_relation)
        except FieldDoesNotExist:
            return False

    def _filtered(self, request: Any) -> set[str]:
        """Return the fields that this person's filters are about."""
        filters = [
            each[0] if isinstance(each, tuple) else each for each in self.get_list_filter(request)
        ]
        return {each.partition(LOOKUP_SEP)[0] for each in filters if isinstance(each, str)}

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

    def after_delete(self, request: HttpRequest) -> str:
        """Return where one goes once a row is deleted: to the list, for who may see it."""
        if not self.has_view_permission(request):
            return reverse("admin:index")
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

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

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Lead to other rows only who may see them; offer another one only after one was added."""
        if kwargs.get("change") or not self.adds_more:
            context["show_save_and_add_another"] = False
        context["adminform"] = led(request, context["adminform"])
        return super().render_change_form(request, context, *args, **kwargs)

    # --- what Django's admin would add ----------------------------------------------------------
    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out deletion of many at once: each asks for its name."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the edition, which the page carries unseen."""
        return [name for name in super().get_fields(request, obj) if name != EDITION]

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
        return HttpResponseRedirect(self.after_delete(request))

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
