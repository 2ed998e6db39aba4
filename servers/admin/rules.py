"""Access rules: who else may use a server, and what on it some may not."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display

from monitoring.admin.base import ServiceAdmin, ServiceForm
from monitoring.admin.why import may_ask
from servers import services
from servers.admin.matrix import matrix_page, may_see, people_page
from servers.admin.why import address, why_page
from servers.errors import ServersError
from servers.models import AccessRule

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
    actions_list = ("to_matrix", "to_why")
    actions_detail = ("explain",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a rule on the server it was made for."""
        return ("server",) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that tell who may use what, and why."""
        return [*_pages(self), *super().get_urls()]

    def has_why_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether they may be told why."""
        return may_ask(request.user)

    def has_matrix_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether they may see who may use what."""
        return may_see(request.user)

    @action(description="Who may use what", url_path="to-matrix", permissions=("matrix",))
    def to_matrix(self, request: HttpRequest) -> HttpResponse:
        """Lead to the table of teams and servers."""
        return HttpResponseRedirect(reverse("admin:servers_accessrule_matrix"))

    @action(description="Why?", url_path="to-why", permissions=("why",))
    def to_why(self, request: HttpRequest) -> HttpResponse:
        """Lead to the page that explains."""
        return HttpResponseRedirect(address())

    @action(description="Why?", url_path="why", icon="help", permissions=("why",))
    def explain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to what the person of a rule, or anyone, may use on its server."""
        row = self.seen(request, object_id)
        who = row.user.username if row.user else ""
        return HttpResponseRedirect(address(server=row.server.slug, user=who))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead back to the question that the rule answers, if one led here."""
        answer: HttpResponse = super().response_add(request, obj, post_url_continue)
        back = request.GET.get("why", "")
        return HttpResponseRedirect(f"{address()}?{back}") if back else answer

    def after_delete(self, request: HttpRequest) -> str:
        """Lead back to the question that the rule decided, if one led here."""
        back = request.GET.get("why", "")
        return f"{address()}?{back}" if back else super().after_delete(request)

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


def _pages(page: AccessRuleAdmin) -> list[URLPattern]:
    """Return the addresses of the pages on who may use what."""
    views = {"why": why_page, "matrix": matrix_page, "people": people_page}

    def wrapped(view: Any) -> Any:
        return page.admin_site.admin_view(lambda request: view(page, request))

    return [
        path(f"{name}/", wrapped(view), name=f"servers_accessrule_{name}")
        for name, view in views.items()
    ]
