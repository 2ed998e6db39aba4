"""Published servers: what MCP clients connect to."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from accounts.foreign import clean_line

SLUG = RegexValidator(
    r"^[a-z0-9][a-z0-9-]{0,62}\Z", "Lower-case letters, digits and hyphens, at most 63 characters."
)
LONGEST_TITLE, LONGEST_DESCRIPTION = 120, 2000
MOST_CALLS = 1_000_000_000
"""The largest limit that may be set."""
MOST_DAYS = 366
"""The longest that recorded arguments and results are kept."""
CALLS = (MinValueValidator(1), MaxValueValidator(MOST_CALLS))


class Server(models.Model):
    """A published server at /mcp/<slug>: a choice of entries and who may use them."""

    class Visibility(models.TextChoices):
        """Who may use it before any access rule is looked at."""

        PUBLIC = "public", "Public: anyone, without a token"
        TEAM = "team", "Team: its members, with a token"

    class Listing(models.TextChoices):
        """How its tools are listed: what a model pays for knowing of them."""

        FULL = "full", "Full: every tool as it is"
        SLIM = "slim", "Slim: the first line of each, and what it takes"
        SEARCH = "search", "Search: three tools that find, describe and call the others"

    class Recording(models.TextChoices):
        """What is kept of a call besides its audit event."""

        NOTHING = "nothing", "Nothing"
        ARGUMENTS = "arguments", "Arguments"
        ALL = "all", "Arguments and results"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=63, unique=True, validators=[SLUG])
    title = models.CharField(max_length=LONGEST_TITLE)
    description = models.TextField(blank=True, max_length=LONGEST_DESCRIPTION)
    instructions = models.TextField(
        blank=True, max_length=4000, help_text="Told to the model when a client connects."
    )
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.TEAM)
    team = models.ForeignKey(
        "accounts.Team", on_delete=models.SET_NULL, null=True, blank=True, related_name="servers"
    )
    enabled = models.BooleanField(default=True)
    discoverable = models.BooleanField(
        default=False,
        help_text="People who may not use it see its title and description, and may ask for access.",
    )
    calls_per_minute = models.PositiveIntegerField(null=True, blank=True, validators=CALLS)
    burst = models.PositiveIntegerField(null=True, blank=True, validators=CALLS)
    listing = models.CharField(
        max_length=8, choices=Listing.choices, default=Listing.FULL, db_default=Listing.FULL
    )
    token_budget = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Tokens that the list of its tools should cost a model at most.",
    )
    recording = models.CharField(
        max_length=10,
        choices=Recording.choices,
        default=Recording.NOTHING,
        db_default=Recording.NOTHING,
    )
    keep_days = models.PositiveSmallIntegerField(
        default=7,
        db_default=7,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text="Days after which recorded arguments and results are deleted.",
    )
    jobs_of_one = models.PositiveIntegerField(
        "open jobs of one user",
        default=100,
        db_default=100,
        validators=CALLS,
        help_text="Jobs that one user may have open at once.",
    )
    jobs_open = models.PositiveIntegerField(
        "open jobs in all",
        default=2_000,
        db_default=2_000,
        validators=CALLS,
        help_text="Jobs that all users together may have open at once.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Servers are listed by address; a limit lets something through, and a burst is of one."""

        ordering = ("slug",)
        constraints = (
            models.CheckConstraint(
                condition=Q(calls_per_minute__isnull=True) | Q(calls_per_minute__gte=1),
                name="server_calls_positive",
            ),
            models.CheckConstraint(
                condition=Q(burst__isnull=True) | Q(burst__gte=1), name="server_burst_positive"
            ),
            models.CheckConstraint(
                condition=Q(burst__isnull=True) | Q(calls_per_minute__isnull=False),
                name="server_burst_of_a_limit",
                violation_error_message="Calls at once are limited only with calls a minute.",
            ),
        )

    def __str__(self) -> str:
        """Give the title."""
        return self.shown_title

    @property
    def shown_title(self) -> str:
        """The title as pages say it; the slug where nothing of it can be seen."""
        return clean_line(self.title, LONGEST_TITLE) or self.slug

    @property
    def shown_description(self) -> str:
        """The description as pages say it."""
        return clean_line(self.description, LONGEST_DESCRIPTION)

    @property
    def path(self) -> str:
        """The server's address on the hub."""
        return f"/mcp/{self.slug}"


class ServerSource(models.Model):
    """All of a source, now and later: its entries are published as they appear."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="sources")
    source = models.ForeignKey("catalog.Source", on_delete=models.CASCADE, related_name="published")

    class Meta:
        """A source is published on a server once."""

        constraints = (
            models.UniqueConstraint(fields=("server", "source"), name="server_source_once"),
        )

    def __str__(self) -> str:
        """Name both."""
        return f"all of {self.source} on {self.server}"


class ServerEntry(models.Model):
    """One entry on one server, under the name clients see.

    `exposed_name` is the name of a tool or prompt, the URI of a resource, the URI template of a
    template; `via` is set where the row follows from "all of a source".
    """

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="entries")
    entry = models.ForeignKey("catalog.Entry", on_delete=models.CASCADE, related_name="published")
    kind = models.CharField(max_length=10)
    exposed_name = models.CharField(max_length=512)
    position = models.PositiveIntegerField(default=0)
    via = models.ForeignKey(
        ServerSource, on_delete=models.CASCADE, null=True, blank=True, related_name="published"
    )

    class Meta:
        """In the order clients see; a name stands once for each kind."""

        ordering = ("position", "exposed_name")
        verbose_name = "published entry"
        verbose_name_plural = "published entries"
        constraints = (
            models.UniqueConstraint(
                fields=("server", "kind", "exposed_name"), name="exposed_name_once"
            ),
            models.UniqueConstraint(fields=("server", "entry"), name="server_entry_once"),
        )

    def __str__(self) -> str:
        """Give the name clients see."""
        return self.exposed_name
