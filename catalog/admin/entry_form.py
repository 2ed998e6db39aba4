"""What curators say of one tool, resource, template or prompt, and of the tags of many."""

import json
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.models import Entry
from catalog.runs import RUNS_WORDS, runs_of
from monitoring.admin.base import ServiceForm

BY_AUTHOR = "As its author says"
OWN = {"placeholder": "As the source says it"}


def words_between_commas(text: str) -> list[str]:
    """Return the words of a list such as "finance, read only"."""
    return [word.strip() for word in text.split(",") if word.strip()]


class EntryForm(ServiceForm):
    """What curators decide; the source decides what it is and does."""

    tag_words = forms.CharField(
        required=False,
        max_length=1000,
        label="Tags",
        widget=UnfoldAdminTextInputWidget,
        help_text="Separated by commas. Those that access rules name are for who may change rules.",
    )

    class Meta:
        model = Entry
        fields = ("enabled", "durable", "runs", "own_title", "own_description")
        widgets = {
            "runs": UnfoldAdminRadioSelectWidget,
            "own_title": UnfoldAdminTextInputWidget(attrs=OWN),
            "own_description": UnfoldAdminTextareaWidget(attrs={"rows": 8, **OWN}),
        }
        labels = {
            "runs": "How it runs",
            "own_title": "Your title",
            "own_description": "Your description",
        }
        help_texts = {
            "enabled": "Off, it is not listed and cannot be called, on any server.",
            "durable": "The audit row of a call is committed before its answer leaves: slower, and"
            " not even a crash loses it. Tools that only read are never waited for.",
            "runs": "A job outlives the request that asked for it: a worker does it, with progress, and"
            " the result waits for whoever asked. A client that cannot hold a task waits on its stream.",
            "own_title": "Clients and people read it instead. Empty: the source's.",
            "own_description": "What a model reads to choose it. Empty: the source's.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the tags it has."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["tag_words"] = ", ".join(tag.name for tag in self.instance.tags.all())
        if "runs" in self.fields:
            self.fields["runs"].choices = _ways(self.instance)

    def clean_tag_words(self) -> list[str]:
        """Return the words between the commas."""
        return words_between_commas(self.cleaned_data["tag_words"])


def _ways(row: Entry) -> list[tuple[str, str]]:
    """Return the ways a tool may run, its author's first, with what that is."""
    body = json.loads(row.current.definition.body) if row.current else {}
    said = f"{BY_AUTHOR}: {RUNS_WORDS[runs_of(body)]}"
    return [("", said), *Entry.Running.choices]


class RunsForm(forms.Form):
    """How many tools run."""

    runs = forms.ChoiceField(
        required=False,
        label="How they run",
        choices=[("", BY_AUTHOR), *Entry.Running.choices],
        widget=UnfoldAdminRadioSelectWidget,
        help_text="Calls that run, and jobs that were accepted, end as they began.",
    )


class AddTagsForm(forms.Form):
    """The tags that many are given at once."""

    words = forms.CharField(
        max_length=1000,
        label="Tags to add",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Separated by commas. The tags they have already stay.",
    )

    def clean_words(self) -> list[str]:
        """Return the words between the commas."""
        return words_between_commas(self.cleaned_data["words"])


class RemoveTagsForm(forms.Form):
    """The tags, of those that they have, that are taken off many at once."""

    words = forms.MultipleChoiceField(
        label="Tags to remove",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Access rules that name a tag no longer speak of what has lost it.",
    )

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        """Offer these."""
        super().__init__(*args, **kwargs)
        field = self.fields["words"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, name) for name in names]
