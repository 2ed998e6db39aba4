"""What a source offers: tools, resources, templates and prompts, in one table."""

import uuid

from django.db import models

from catalog.overlay import Words
from catalog.runs import Runs


class Tag(models.Model):
    """A word curators put on entries and access rules name."""

    name = models.SlugField(max_length=40, unique=True)

    class Meta:
        """Tags are listed by name."""

        ordering = ("name",)

    def __str__(self) -> str:
        """Name the tag."""
        return self.name


class Entry(models.Model):
    """One tool, resource, template or prompt of one source; its definitions are its versions.

    `own_title` and `own_description` are curators' words, shown instead of the source's, which stay in
    the versions as they came; `runs` is how they have a tool run, instead of what its author says.
    """

    class Kind(models.TextChoices):
        """What an entry is, in the specification's terms."""

        TOOL = "tool", "Tool"
        RESOURCE = "resource", "Resource"
        TEMPLATE = "template", "Template"
        PROMPT = "prompt", "Prompt"

    class Running(models.TextChoices):
        """How curators have a tool run; empty for what its author says."""

        INLINE = Runs.INLINE.value, "Within the call"
        AUTO = Runs.AUTO.value, "As a job, answered at once if it ends soon"
        JOB = Runs.JOB.value, "As a job"
        TASK = Runs.TASK.value, "As a job, only for clients that hold tasks"

    class State(models.TextChoices):
        """Whether the source still offers it."""

        ACTIVE = "active", "Active"
        MISSING = "missing", "Missing"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey("catalog.Source", on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=128)
    enabled = models.BooleanField(default=True)
    durable = models.BooleanField(
        default=False, help_text="The audit row is committed before the answer leaves."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    own_title = models.CharField(max_length=200, blank=True, db_default="")
    own_description = models.TextField(max_length=4000, blank=True, db_default="")
    runs = models.CharField(
        max_length=8, choices=Running.choices, blank=True, default="", db_default=""
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="entries")
    current = models.ForeignKey(
        "catalog.EntryVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A source has a name once for each kind."""

        ordering = ("name", "id")
        verbose_name_plural = "entries"
        constraints = (
            models.UniqueConstraint(fields=("source", "kind", "name"), name="entry_once"),
        )

    def __str__(self) -> str:
        """Name the entry."""
        return self.name

    @property
    def own_words(self) -> Words:
        """What curators put over its definition."""
        return Words(self.own_title, self.own_description, self.runs)


class OfKind(models.Manager["Entry"]):
    """The entries of one kind, for the proxies below."""

    def __init__(self, kind: str) -> None:
        """Keep the kind."""
        super().__init__()
        self.kind = kind

    def get_queryset(self) -> models.QuerySet["Entry"]:
        """Narrow every query to the kind."""
        return super().get_queryset().filter(kind=self.kind)


class Tool(Entry):
    """An entry that is called."""

    objects = OfKind(Entry.Kind.TOOL)  # type: ignore[assignment, misc]

    class Meta:
        """Same table."""

        proxy = True


class Resource(Entry):
    """An entry that is read at one address."""

    objects = OfKind(Entry.Kind.RESOURCE)  # type: ignore[assignment, misc]

    class Meta:
        """Same table."""

        proxy = True


class Template(Entry):
    """An entry that is read at any address of one form."""

    objects = OfKind(Entry.Kind.TEMPLATE)  # type: ignore[assignment, misc]

    class Meta:
        """Same table."""

        proxy = True


class Prompt(Entry):
    """An entry that gives messages."""

    objects = OfKind(Entry.Kind.PROMPT)  # type: ignore[assignment, misc]

    class Meta:
        """Same table."""

        proxy = True
