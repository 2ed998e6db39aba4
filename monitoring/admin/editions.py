"""Two people at one form: the second is told what the first changed, and overwrites nothing unseen.

A form carries a digest of each value as it was when the page was made. What a field was then and is now
differs if somebody changed it meanwhile; saved once more, the form has been read with that in sight.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from unfold.forms import PaginationInlineFormSet

FIELD = "edition"
LONGEST = 64 * 1024
"""Characters of a posted edition that are read; no form of ours has so many fields or rows."""
TOLD = "Meanwhile somebody else changed this: {}. Look at it, then save again if you still want to."


def edition_of(form: Any) -> dict[str, str]:
    """Return a digest of each field's value as the database has it."""
    values = {
        name: form.get_initial_for_field(field, name)
        for name, field in form.fields.items()
        if name != FIELD and not field.disabled
    }
    return {name: _digest(value) for name, value in values.items()}


def differing(then: Mapping[str, Any], now: Mapping[str, str]) -> list[str]:
    """Return the names of fields whose value is another than it was."""
    return [name for name, digest in now.items() if name in then and then[name] != digest]


def read(text: str) -> dict[str, Any]:
    """Return a posted edition; what is none says nothing."""
    try:
        read = json.loads(text[:LONGEST])
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


class Edited:
    """What both kinds of forms have: the edition in the page, and a look at it before they hold."""

    fields: Any
    data: Any
    cleaned_data: Any

    def get_initial_for_field(self, field: Any, field_name: str) -> Any:
        """Return the edition when that is asked for; it follows from all the other fields."""
        if field_name == FIELD:
            return json.dumps(edition_of(self))
        return super().get_initial_for_field(field, field_name)  # type: ignore[misc]

    def clean(self) -> dict[str, Any] | None:
        """Refuse once what was made without the newest values in sight."""
        cleaned: dict[str, Any] | None = super().clean()  # type: ignore[misc]
        posted = self.cleaned_data.pop(FIELD, "")
        if FIELD in self.fields and (changed := differing(read(posted), edition_of(self))):
            self.add_error(None, TOLD.format(_said(self, changed)))  # type: ignore[attr-defined]
            name = self.add_prefix(FIELD)  # type: ignore[attr-defined]
            self.data = _with(self.data, name, json.dumps(edition_of(self)))
        return cleaned


class EditedForm(Edited, forms.ModelForm):  # type: ignore[type-arg]
    """A form of one row that tells what was changed in it meanwhile."""

    edition = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LONGEST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Have the edition in the page; a row that is only made has none."""
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields[FIELD]


class EditedWords(Edited, forms.Form):
    """A form of no row, whose `initial` is what stands, that tells what was changed meanwhile."""

    edition = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LONGEST)


class EditedFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """The rows of an inline; each that is changed or removed is looked at as a form of its own is."""

    data: Any

    @cached_property
    def management_form(self) -> Any:
        """Return the form that counts the rows, with their editions beside."""
        form = super().management_form
        if FIELD not in form.fields:
            initial = json.dumps(
                {str(each.instance.pk): edition_of(each) for each in self._known()}
            )
            widget = forms.HiddenInput
            form.fields[FIELD] = forms.CharField(required=False, widget=widget, initial=initial)
        return form

    def clean(self) -> None:
        """Refuse once what was made without the newest values in sight."""
        super().clean()
        name = self.management_form.add_prefix(FIELD)
        posted = read(self.data.get(name, ""))
        told = [said for form in self._known() if (said := _overtaken(form, posted))]
        if told:
            current = {str(form.instance.pk): edition_of(form) for form in self._known()}
            self.data = _with(self.data, name, json.dumps(current))
            self.management_form.data = self.data
            raise ValidationError(TOLD.format("; ".join(told)))

    def _known(self) -> list[Any]:
        """Return the forms of rows that are there."""
        return [form for form in self.initial_forms if form.instance.pk is not None]


def _overtaken(form: Any, posted: Mapping[str, Any]) -> str:
    """Return what somebody else changed in a row that is changed or removed here, else nothing.

    A row that is posted as it was is not changed here: what the other made of it stays.
    """
    then = posted.get(str(form.instance.pk))
    if not isinstance(then, dict):
        return ""
    changed = differing(then, edition_of(form))
    if not changed or not form.has_changed():
        return ""
    values = form.cleaned_data
    form.changed_data = [
        name for name in form.changed_data if _digest(values.get(name)) != then.get(name)
    ]
    return _said(form, changed) if form.changed_data else ""


def _with(data: Any, name: str, value: str) -> Any:
    """Return what was posted with one value in place of another."""
    data = data.copy()
    data[name] = value
    return data


def _digest(value: object) -> str:
    """Return what tells values apart, short: a page carries one for each field."""
    plain = sorted(map(str, value)) if isinstance(value, list | tuple | set) else value
    return hashlib.blake2b(repr(plain).encode(), digest_size=6).hexdigest()


def _said(form: Any, names: Iterable[str]) -> str:
    """Say what the fields are now."""
    return "; ".join(
        f"{form.fields[name].label or name} is now “{_shown(form, name)}”" for name in names
    )


def _shown(form: Any, name: str) -> str:
    """Return a field's value as a person reads it, shortened."""
    value = form.get_initial_for_field(form.fields[name], name)
    choices = dict(getattr(form.fields[name], "choices", None) or ())
    text = (
        str(choices.get(value, value))
        if not isinstance(value, list | tuple)
        else ", ".join(map(str, value))
    )
    return text if len(text) <= 80 else f"{text[:79]}…"
