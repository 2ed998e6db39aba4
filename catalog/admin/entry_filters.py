"""The filters of the lists of tools, resources, templates and prompts, and what their search finds."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.admin.entry_columns import HINTS_SHOWN
from catalog.models import Entry
from catalog.told import HINTS
from monitoring.models import EntryUse

MOST_CHOICES = 200
"""Sources, servers or tags that a filter offers."""
MOST_WORDS = 8
"""Words of a search that are looked for; each costs a look at every row."""
MOST_KEYS = 1_000
"""Rows that a search remembers by their keys."""
RECENTLY = timedelta(days=30)
LITERAL = r'(true|false|null|[-+.0-9eE]+|"([^"\\]|\\.)*")'
SAYS = rf'^\{{("_meta":\{{[^}}]*\}},)?"annotations":\{{("[^"\\]*":{LITERAL},)*"%s":true'
"""How a canonical definition begins that says a hint is so: its keys are sorted, see definitions.py."""
HINTS_OFFERED = {hint: words for hint, _, words in HINTS_SHOWN}

Rows = QuerySet[Any]


class StateFilter(admin.SimpleListFilter):
    """Whether it can be used, and if not, why."""

    title, parameter_name = "state", "is"
    STATES = {
        "on": ("On", Q(enabled=True, state=Entry.State.ACTIVE, source__enabled=True)),
        "off": ("Off", Q(enabled=False)),
        "missing": ("Missing", Q(state=Entry.State.MISSING)),
        "source": ("Source off", Q(source__enabled=False)),
    }

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each."""
        return [(key, title) for key, (title, _) in self.STATES.items()]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow to one."""
        chosen = self.STATES.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class HintFilter(admin.SimpleListFilter):
    """What a tool's definition says of it; a tool may say several things, or nothing."""

    title, parameter_name = "what it says of itself", "says"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each hint, and none of them."""
        return [*HINTS_OFFERED.items(), ("nothing", "Nothing")]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow to the definitions that begin so."""
        if self.value() == "nothing":
            return queryset.exclude(_says(rf"({'|'.join(HINTS)})"))
        return queryset.filter(_says(self.value() or "")) if self.value() in HINTS else queryset


def _says(hint: str) -> Q:
    return Q(current__definition__body__regex=SAYS % hint)


class RunsFilter(admin.SimpleListFilter):
    """How a curator has a tool run, instead of what its author says."""

    title, parameter_name = "how it runs", "runs"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what its author says, and each other way."""
        return [("author", "As its author says"), *Entry.Running.choices]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow to one."""
        if self.value() == "author":
            return queryset.filter(runs="")
        known = self.value() in Entry.Running.values
        return queryset.filter(runs=self.value()) if known else queryset


class UsedFilter(admin.SimpleListFilter):
    """Whether anybody used it in the last 30 days."""

    title, parameter_name = "use", "used"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("yes", "In the last 30 days"), ("no", "Not in the last 30 days")]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow by the roll-up of its calls."""
        since = timezone.now() - RECENTLY
        used = Q(public_id__in=EntryUse.objects.filter(last_used__gte=since).values("entry"))
        by_value = {"yes": used, "no": ~used}
        return queryset.filter(by_value.get(self.value() or "", Q()))


class WordsFilter(admin.SimpleListFilter):
    """Whose words clients read."""

    title, parameter_name = "words", "words"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("own", "A curator's"), ("source", "The source's")]

    def queryset(self, request: Any, queryset: Rows) -> Rows:
        """Narrow by whether a curator said anything."""
        plain = Q(own_title="", own_description="")
        by_value = {"own": ~plain, "source": plain}
        return queryset.filter(by_value.get(self.value() or "", Q()))


class FewFilter(admin.RelatedFieldListFilter):
    """Something it belongs to; of very many only the first are offered, and the search finds the rest."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> Any:
        """Return the first by the order of their lists."""
        rows = field.remote_field.model._default_manager.all()[:MOST_CHOICES]
        return [(row.pk, str(row)) for row in rows]


def found(rows: Rows, text: str) -> Rows:
    """Return the rows in which each word of a text stands.

    In the name, the source's name, the words people and models read, the names of parameters; a tag
    must be the whole word. A definition is searched as the text it is stored as: fast, without an
    index over 10,000 of them, and as it was written or with a capital.
    """
    fitting = rows
    for word in text.split()[:MOST_WORDS]:
        tagged = Entry.tags.through.objects.filter(tag__name=word.lower())
        match = Q(name__icontains=word) | Q(source__name__icontains=word)
        match |= Q(own_title__icontains=word) | Q(own_description__icontains=word)
        match |= Q(pk__in=tagged.values("entry_id"))
        for each in _as_written(word):
            match |= Q(current__definition__body__contains=each)
        fitting = fitting.filter(match)
    return _remembered(rows, fitting) if text.split() else rows


def _remembered(rows: Rows, fitting: Rows) -> Rows:
    """Return what fits; few rows by their keys, since a list asks twice: to count and to show."""
    keys = list(fitting.order_by().values_list("pk", flat=True)[: MOST_KEYS + 1])
    return rows.filter(pk__in=keys) if len(keys) <= MOST_KEYS else fitting


def _as_written(word: str) -> list[str]:
    """Return the ways in which a word may stand in a text; SQLite compares ASCII without its case."""
    if connection.vendor == "sqlite" and word.isascii():
        return [word]
    return sorted({word, word.lower(), word.capitalize()})
