"""The forms of a published server: all that can be said of one, and the little that a new one needs."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from monitoring.admin.base import ServiceForm
from servers.models import Server

NAMED = ("title", "slug", "description")
WHO = ("visibility", "team", "discoverable")
LISTED = ("instructions", "listing", "token_budget")
LIMITS = ("calls_per_minute", "burst", "jobs_of_one", "jobs_open")
RECORDED = ("recording", "keep_days")
SAID = (*NAMED, *WHO, *LISTED, *LIMITS, *RECORDED)
FIRST = ("title", "slug", "visibility", "team")
"""What a new server is asked for; the rest has defaults."""


class ServerForm(ServiceForm):
    """What an admin says about a server."""

    class Meta:
        model = Server
        fields = (*SAID, "enabled")
        labels = {
            "slug": "Address",
            "calls_per_minute": "Calls a minute",
            "burst": "Calls at once",
            "jobs_of_one": "Open jobs of one user",
            "jobs_open": "Open jobs in all",
            "visibility": "Who may use it",
            "team": "Team",
            "listing": "How its tools are listed",
            "token_budget": "Token budget",
            "recording": "What is recorded of each call",
            "keep_days": "Days it is kept",
            "enabled": "Switched on",
        }
        widgets = {
            "slug": UnfoldAdminTextInputWidget,
            "visibility": UnfoldAdminRadioSelectWidget,
            "listing": UnfoldAdminRadioSelectWidget,
            "recording": UnfoldAdminRadioSelectWidget,
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "instructions": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }
        help_texts = {
            "slug": "The last part of its URL, behind /mcp/. Tokens stay valid when it changes;"
            " clients must be told.",
            "title": "What people see.",
            "team": "Its members may use everything on it. Access rules let in others, or keep"
            " some out.",
            "discoverable": "People who may not use it see its title and description, and may ask"
            " for access. To clients it stays unknown.",
            "listing": "A model pays for each tool it is told of, in every conversation. In search"
            " it finds tools when it needs them; access holds inside the search too.",
            "token_budget": "What the list of its tools should cost a model at most, in tokens."
            " Over it, the pages say so and what helps; nothing is refused. Empty: no budget.",
            "calls_per_minute": "How many each person may make with each client; without a token,"
            " each address. Tools, resources and prompts count together. Empty: no limit.",
            "burst": "How many of them may come together after a pause. Empty: a minute's worth.",
            "jobs_of_one": "Jobs that wait, run or have a question, of one person; without a token, of"
            " one network. One more is refused until another ends.",
            "jobs_open": "The same of everybody together.",
            "recording": "The audit trail always has who called what, when and how it ended."
            " Arguments and results are people's data: record them only while you need them."
            " Secrets are masked.",
            "keep_days": "Then what was recorded is deleted; the audit trail stays.",
            "enabled": "Off, it answers like a server that is not there.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {*LIMITS, "token_budget", "keep_days"} & self.fields.keys():
            self.fields[name].widget.attrs["min"] = 1  # Django says 0 of any positive number

    def clean(self) -> dict[str, Any] | None:
        """Say beside the field that a burst is of a limit."""
        cleaned = super().clean() or {}
        limited = cleaned.get("calls_per_minute", 1) is not None  # one that is wrong is told there
        if cleaned.get("burst") is not None and not limited:
            self.add_error("burst", "Needs calls a minute.")
        return cleaned


class NewServerForm(ServiceForm):
    """What a new server is asked for: its address follows from its title, unless it is typed."""

    slug = forms.CharField(
        required=False,
        max_length=63,
        label="Address",
        widget=UnfoldAdminTextInputWidget(
            attrs={"data-slug-of": "id_title", "autocomplete": "off"}
        ),
        help_text="The last part of its URL, behind /mcp/. Empty: it follows from the title.",
    )

    class Meta:
        model = Server
        fields = FIRST
        labels = {"visibility": "Who may use it", "team": "Team"}
        widgets = {"visibility": UnfoldAdminRadioSelectWidget}
        help_texts = {
            "title": "What people see, such as Invoices or Data team.",
            "visibility": "Access rules can let in more teams and people later, or keep some out.",
            "team": "Its members may use everything on it. Without one, nobody may before a rule"
            " lets them in.",
        }

    class Media:
        js = ("mcphub/slug.js",)

    def _get_validation_exclusions(self) -> set[str]:
        """Leave an empty address to the service, which makes one of the title."""
        empty = set() if self.cleaned_data.get("slug") else {"slug"}
        return {*super()._get_validation_exclusions(), *empty}  # type: ignore[misc]
