"""Rows of a page's row, as part of its form."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline

from monitoring.admin.editions import EditedFormSet


class RowsInline(TabularInline):  # type: ignore[misc]
    """The rows of a page's row that are there: changed and removed by who may change the page's."""

    formset = EditedFormSet
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
        return self.ADDS and self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where there is something to change."""
        return self.CHANGES and self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where rows can be removed."""
        return self.DELETES and self._may(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out the links that open other pages in a pop-up."""
        return without_links(super().formfield_for_dbfield(db_field, request, **kwargs))

    def _may(self, request: Any, obj: Any = None) -> bool:
        page = self.admin_site.get_model_admin(self.parent_model)
        return bool(page.has_change_permission(request, obj))


def without_links(field: Any) -> Any:
    """Take from a form field the links that add, change or delete what can be chosen."""
    for link in ("add", "change", "delete", "view"):
        if hasattr(getattr(field, "widget", None), f"can_{link}_related"):
            setattr(field.widget, f"can_{link}_related", False)
    return field
