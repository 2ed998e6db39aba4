"""The words by which names are masked, beside those that are built in."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin, ServiceForm
from monitoring.errors import MaskRefused
from monitoring.models import RedactedName
from monitoring.recorded.editing import LONGEST, mask_name, unmask_name
from monitoring.recorded.names import BUILT_IN

HELP = (
    "Letters and digits; case and punctuation do not matter. What has the word anywhere in its name is"
    f" masked, in arguments and in results. Built in are: {', '.join(BUILT_IN)}."
)


class WordForm(ServiceForm):
    """One word."""

    name = forms.CharField(
        max_length=2 * LONGEST, label="Word", help_text=HELP, widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        """The word alone."""

        model = RedactedName
        fields = ("name",)

    def validate_unique(self) -> None:
        """Leave it to the service, which compares words as they are masked by."""


@admin.register(RedactedName)
class RedactedNameAdmin(ServiceAdmin):
    """Words of this hub's own; a word is added or taken away, never changed."""

    form = WordForm
    refusals = (MaskRefused,)
    changes = False
    delete_word = "Stop masking"
    empty_hint = (
        f"Names with one of these in them are masked always: {', '.join(BUILT_IN)}."
        " Add words that stand for something secret in your tools."
    )
    built_in = ", ".join(BUILT_IN)
    list_before_template = "admin/monitoring/masked.html"
    list_display = ("name", "since")
    list_filter = (("created_at", admin.DateFieldListFilter),)
    search_fields = ("name",)
    search_help_text = "A word"
    ordering = ("name",)
    fields = ("name",)

    def create(self, request: Any, form: Any) -> RedactedName:
        """Add the word."""
        return mask_name(actor=request.user, name=form.cleaned_data["name"])

    def remove(self, request: Any, row: RedactedName) -> None:
        """Take the word away."""
        unmask_name(actor=request.user, masked=row)

    def what_goes(self, row: RedactedName) -> list[str]:
        """Say what taking it away means."""
        return [
            f"What has {row.name} in its name is recorded as it is from now on, where a server records.",
            "What was masked stays masked.",
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show a word that is there as it stands."""
        return ("name", "since") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show since when a word is there."""
        return ("name", "since") if obj else super().get_fields(request, obj)

    @display(description="since", ordering="created_at")
    def since(self, row: RedactedName) -> str:
        """Show when it was added."""
        return times.minute(row.created_at)
