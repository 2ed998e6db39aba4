"""The sentence on top of every page, for maintenance and the like: one row."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from monitoring import banner
from monitoring.admin.base import ServiceAdmin, ServiceForm
from monitoring.errors import BannerRefused
from monitoring.models import Banner

STATES = {"Shown": "success", "Over": "info"}


class BannerForm(ServiceForm):
    """The sentence and its end."""

    class Meta:
        model = Banner
        fields = ("text", "until")
        widgets = {"text": UnfoldAdminTextareaWidget(attrs={"rows": 2, "maxlength": 300})}
        help_texts = {
            "text": "Plain text, on top of every page for everybody, also before they log in.",
            "until": "From then on it is not shown. Empty: until it is taken down.",
        }


@admin.register(Banner)
class BannerAdmin(ServiceAdmin):
    """One sentence, or none."""

    form = BannerForm
    refusals = (BannerRefused,)
    adds_more = False
    delete_word = "Take down"
    empty_hint = "Tell everybody of a maintenance, or of anything else, on top of every page."
    list_display = ("text", "state", "until", "created_at")
    list_filter = ("created_at",)
    search_fields = ("text",)
    search_help_text = "Words"
    fields = ("text", "until")

    def create(self, request: Any, form: Any) -> Banner:
        """Put it up, in the place of the one there is."""
        return banner.put_up(actor=request.user, **form.cleaned_data)

    def update(self, request: Any, row: Banner, form: Any) -> None:
        """Change it."""
        banner.put_up(actor=request.user, **form.cleaned_data)

    def remove(self, request: Any, row: Banner) -> None:
        """Take it down."""
        banner.take_down(actor=request.user)

    def name_to_type(self, row: Banner) -> str:
        """Ask for a word: the sentence may be long."""
        return "banner"

    @display(description="state", label=STATES)
    def state(self, row: Banner) -> str:
        """Say whether people see it now."""
        return "Shown" if row.until is None or row.until > timezone.now() else "Over"
