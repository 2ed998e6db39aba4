"""Access rules: who else may use a server, and what on it some may not."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from monitoring.admin.base import RowsInline, ServiceAdmin, ServiceForm
from servers import services
from servers.errors import ServersError
from servers.models import AccessRule
from servers.permissions import Permission

EFFECTS = {"allow": "success", "deny": "danger"}
SAID = ("effect", "team", "user", "pattern", "tag", "note")


class RuleForm(ServiceForm):
    """A rule, part by part."""

    class Meta:
        model = AccessRule
        fields = ("server", *SAID)
        labels = {"user": "Person", "pattern": "Names"}
        help_texts = {
            "effect": "Where one rule allows and another denies, deny wins.",
            "team": "A rule is about a team or a person. One that denies may be about neither:"
            " then it is about everyone.",
            "pattern": "The names it is about, as clients see them; * stands for anything.",
            "tag": "If chosen, it is about what has this tag, among those names.",
        }

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the constraints on whom it is about to the service, which says them in words."""
        return {*super()._get_validation_exclusions(), "team", "user"}  # type: ignore[misc]


@admin.register(AccessRule)
class AccessRuleAdmin(ServiceAdmin):
    """Every rule of every server, in words."""

    form = RuleForm
    refusals = (ServersError,)
    empty_hint = "Without rules, a public server is for anyone and any other for its team."
    list_display = ("words", "effect_shown", "server", "note")
    list_display_links = ("words",)
    list_filter = ("effect", "server", "team", "tag")
    list_select_related = ("server", "team", "user", "tag")
    search_fields = ("server__slug", "team__name", "user__username", "pattern", "note")
    search_help_text = "A server, a team, a person or names"
    autocomplete_fields = ("user",)
    fields = ("server", *SAID)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a rule on the server it was made for."""
        return ("server",) if obj else ()

    def create(self, request: Any, form: Any) -> AccessRule:
        """Add the rule."""
        return services.add_rule(actor=request.user, **form.cleaned_data)

    def update(self, request: Any, row: AccessRule, form: Any) -> None:
        """Change the rule."""
        order = {name: form.cleaned_data[name] for name in SAID}
        services.update_rule(actor=request.user, rule=row, **order)

    def remove(self, request: Any, row: AccessRule) -> None:
        """Take the rule back."""
        services.delete_rule(actor=request.user, rule=row)

    def what_goes(self, row: AccessRule) -> list[str]:
        """Say what a rule's end means."""
        if row.effect == AccessRule.Effect.DENY:
            return ["What it kept shut opens for those who may use the server."]
        return ["Those it let in are refused at once, unless something else lets them in."]

    def name_to_type(self, row: AccessRule) -> str:
        """Ask for the server's address: a rule has no name."""
        return row.server.slug

    @display(description="rule", ordering="server")
    def words(self, row: AccessRule) -> str:
        """Say the rule in words."""
        return str(row)

    @display(description="effect", label=EFFECTS, ordering="effect")
    def effect_shown(self, row: AccessRule) -> tuple[str, str]:
        """Say what it does."""
        return row.effect, row.get_effect_display()


class RulesInline(RowsInline):
    """A server's rules in words, on the server's page; each is changed on a page of its own."""

    model = AccessRule
    verbose_name_plural = "access rules"
    fields = readonly_fields = ("note",)
    CHANGES = False
    template = "admin/servers/rules.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the rules with whom and what they are about."""
        rows = super().get_queryset(request)
        return rows.select_related("server", "team", "user", "tag")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        """Show rules to who may see rules."""
        user = request.user
        return bool(
            user.has_perm("servers.view_accessrule") or user.has_perm(Permission.CHANGE_RULE)
        )

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Rules are taken back on their own pages."""
        return False
