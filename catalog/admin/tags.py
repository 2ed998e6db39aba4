"""Tags: words curators put on things and access rules name."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from catalog import services
from catalog.errors import CatalogError
from catalog.models import Tag
from monitoring.admin.base import ServiceAdmin, ServiceForm


class TagForm(ServiceForm):
    """A tag's word."""

    class Meta:
        model = Tag
        fields = ("name",)
        help_texts = {"name": "Letters, digits and hyphens, such as read-only."}


class UseFilter(admin.SimpleListFilter):
    """Tags that something has, or nothing."""

    title, parameter_name = "use", "use"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("yes", "In use"), ("no", "Not in use")]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow by the number of what has it."""
        match self.value():
            case "yes":
                return queryset.filter(number__gt=0)
            case "no":
                return queryset.filter(number=0)
        return queryset


@admin.register(Tag)
class TagAdmin(ServiceAdmin):
    """Every tag, and how much has it."""

    form = TagForm
    refusals = (CatalogError,)
    empty_hint = "Tag a tool on its own page, or make a tag here for an access rule to come."
    list_display = ("name", "had_by")
    list_filter = (UseFilter,)
    search_fields = ("name",)
    search_help_text = "A tag"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        """Return the tags with how much has them."""
        rows: QuerySet[Tag] = super().get_queryset(request)
        return rows.annotate(number=Count("entries"))

    def create(self, request: Any, form: Any) -> Tag:
        """Make the tag."""
        return services.create_tag(actor=request.user, name=form.cleaned_data["name"])

    def update(self, request: Any, row: Tag, form: Any) -> None:
        """Rename the tag."""
        services.rename_tag(actor=request.user, tag=row, name=form.cleaned_data["name"])

    def remove(self, request: Any, row: Tag) -> None:
        """Delete the tag."""
        services.delete_tag(actor=request.user, tag=row)

    @display(description="tools, resources and prompts", ordering="number")
    def had_by(self, row: Any) -> int:
        """Count what has it."""
        return int(row.number)
