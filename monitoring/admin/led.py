"""The form of a row's page: a value that names another row leads there, for who may see that row."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from unfold.fields import UnfoldAdminField, UnfoldAdminReadonlyField
from unfold.forms import AdminForm, Fieldline, Fieldset


class LedForm(AdminForm):  # type: ignore[misc]
    """A page's form whose values lead to other rows where this person may see them."""

    def __iter__(self) -> Iterator["_Set"]:
        """Give its parts."""
        for name, options in self.fieldsets:
            yield _Set(
                self.form,
                name,
                readonly_fields=self.readonly_fields,
                model_admin=self.model_admin,
                **options,
            )


class _Set(Fieldset):  # type: ignore[misc]
    def __iter__(self) -> Iterator["_Line"]:
        for field in self.fields:
            yield _Line(self.form, field, self.readonly_fields, model_admin=self.model_admin)


class _Line(Fieldline):  # type: ignore[misc]
    def __iter__(self) -> Iterator[Any]:
        for place, field in enumerate(self.fields):
            if field in self.readonly_fields:
                yield _Shown(self.form, field, place == 0, model_admin=self.model_admin)
            else:
                yield UnfoldAdminField(self.form, field, is_first=place == 0)


class _Shown(UnfoldAdminReadonlyField):  # type: ignore[misc]
    def get_admin_url(self, remote_field: Any, remote_obj: Any) -> Any:
        """Link the other row for who may see it; for others, name it."""
        page = admin.site._registry.get(remote_field.model)
        if page is None or not page.has_view_permission(self.form.request, remote_obj):
            return str(remote_obj)
        return super().get_admin_url(remote_field, remote_obj)


def led(request: Any, shown: Any) -> LedForm:
    """Return a page's form as Django made it, with links for this person."""
    shown.form.request = request
    return LedForm(
        shown.form,
        shown.fieldsets,
        {},  # no page of the hub has a field that others fill in
        readonly_fields=shown.readonly_fields,
        model_admin=shown.model_admin,
    )
