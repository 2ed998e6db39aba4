"""People: made, changed, shut out, given a password and permissions."""

from dataclasses import fields as names_of
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget

from accounts import services
from accounts.admin import grants
from accounts.admin.ending import lead_to, may_end
from accounts.admin.password import password_page
from accounts.admin.shutting_out import SHUT_OUT, ask_before_shutting_out
from accounts.admin.signing_out import sign_out_page
from accounts.errors import AccountsError
from accounts.models import User
from accounts.permissions import Permission
from monitoring.admin import live, stopping
from monitoring.admin.base import ServiceAdmin, ServiceForm
from monitoring.admin.confirming import ActOnMany, ask_and_act_on_many
from monitoring.admin.why import PAGE as WHY_PAGE
from monitoring.admin.why import may_ask

SAID = tuple(field.name for field in names_of(services.Person))
STATES = {"Active": "success", "Disabled": "danger"}


class PersonForm(ServiceForm):
    """What an admin says about a person, and, if they are a superuser, what that person may do."""

    permissions = forms.MultipleChoiceField(
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="For people who use the admin and are no superusers.",
    )

    class Meta:
        model = User
        fields = (*SAID, "is_active")
        labels = {"is_staff": "Uses the admin", "is_active": "Active", "is_superuser": "Superuser"}
        help_texts = {
            "is_staff": "May open these pages and see what the permissions below say.",
            "is_superuser": "May do everything in these pages. Servers are not among it: what a"
            " superuser may call is decided by teams and access rules too.",
            "is_active": "Without it: no log in. Taking it away ends their sessions, connections"
            " and tokens at once and for good; giving it back brings none of them back.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the permissions there are, and tick those that are given."""
        super().__init__(*args, **kwargs)
        if "permissions" in self.fields:
            self.fields["permissions"].choices = grants.CHOICES
            self.initial["permissions"] = services.granted_names(self.instance)

    def clean_permissions(self) -> list[str]:
        """Return what is ticked, and what was given elsewhere and is not offered here."""
        given = set(services.granted_names(self.instance))
        return sorted({*self.cleaned_data["permissions"], *given.difference(grants.OFFERED)})


class NewPersonForm(ServiceForm):
    """A new person; without a password they cannot log in."""

    password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Without one they cannot log in until you give them one.",
    )

    class Meta:
        model = User
        fields = SAID
        labels = PersonForm.Meta.labels
        help_texts = PersonForm.Meta.help_texts


@admin.register(User)
class UserAdmin(ServiceAdmin):
    """People who log in."""

    form = PersonForm
    refusals = (AccountsError,)
    unseen = ("password",)
    ordering = ("username",)
    list_display = ("username", "full_name", "email", "state", "admin", "in_teams", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "teams")
    search_fields = ("username", "email", "first_name", "last_name")
    search_help_text = "A name or an address"
    readonly_fields = ("in_teams", "last_login", "date_joined", "public_id")
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "is_active")}),
        ("In the admin", {"fields": ("is_staff", "is_superuser", "permissions")}),
        ("Known", {"fields": ("in_teams", "last_login", "date_joined", "public_id")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        ("In the admin", {"fields": ("is_staff", "is_superuser")}),
    )
    actions = ("enable", "disable")
    actions_detail = (
        *("why", "live_calls", "mint", "password"),
        *("end_connections", "sign_out", "stop"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the people with their teams."""
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.prefetch_related("teams").annotate(in_number=Count("memberships"))

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form for a new person, or for one that is there."""
        if obj is None:
            kwargs["form"] = NewPersonForm
        form = super().get_form(request, obj, change=change, **kwargs)
        if not request.user.is_superuser:
            form.base_fields.pop("permissions", None)  # the class is this request's own
        return form

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        """Show permissions to those alone who may give them."""
        sets = super().get_fieldsets(request, obj)
        if obj is None or request.user.is_superuser:
            return sets
        return [
            (name, {"fields": tuple(one for one in row["fields"] if one != "permissions")})
            for name, row in sets
        ]

    def changeform_view(
        self,
        request: Any,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Ask before "Active" is taken away."""
        if request.method == "POST" and object_id is not None:
            asked = ask_before_shutting_out(self, request, object_id)
            if asked is not None:
                return asked
        return super().changeform_view(request, object_id, form_url, extra_context)

    def create(self, request: Any, form: Any) -> User:
        """Make the person."""
        order = form.cleaned_data
        return services.create_user(
            actor=request.user, person=_person(order), password=order["password"] or None
        )

    def update(self, request: Any, row: User, form: Any) -> None:
        """Change what is said, then whether they may log in, then what they may do."""
        order, actor = form.cleaned_data, request.user
        services.update_user(actor=actor, user=row, person=_person(order))
        if order["is_active"] != row.is_active:
            change = services.enable_user if order["is_active"] else services.disable_user
            change(actor=actor, user=row)
        if "permissions" in order:
            services.grant_permissions(actor=actor, user=row, names=order["permissions"])

    def remove(self, request: Any, row: User) -> None:
        """Delete the person."""
        services.delete_user(actor=request.user, user=row)

    def what_goes(self, row: User) -> list[str]:
        """Say what goes with a person, and what stays."""
        tokens, connections = row.issued_tokens.filter(family=None).count(), row.consents.count()
        return [
            f"{tokens} token{'s' if tokens != 1 else ''} of theirs and {connections}"
            f" connection{'s' if connections != 1 else ''}: clients that use them are refused at"
            " once.",
            "Their places in teams, and the access rules about them.",
            "What they did stays in the audit trail; their name there is erased under Watch.",
        ]

    def has_mint_permission(self, request: Any, obj: Any = None) -> bool:
        """Tell whether they may mint tokens for others."""
        return bool(request.user.has_perm(Permission.ADD_TOKEN))

    def has_end_permission(self, request: Any, obj: Any = None) -> bool:
        """Tell whether they may take back what others allowed."""
        return may_end(request)

    @admin.action(description="Let log in and call", permissions=("change",))
    def enable(self, request: Any, queryset: QuerySet[User]) -> None:
        """Let each of the selected in."""

        def act(row: User) -> None:
            services.enable_user(actor=request.user, user=row)

        self.each(request, queryset, act, "let in")

    @admin.action(description="Shut out, and end all they have…", permissions=("change",))
    def disable(self, request: Any, queryset: QuerySet[User]) -> HttpResponse | None:
        """Ask, and shut each of the selected out."""

        def act(row: User) -> None:
            services.disable_user(actor=request.user, user=row)

        asked = ActOnMany("disable", "Shut out", "shut out", SHUT_OUT, act)
        return ask_and_act_on_many(self, request, queryset, asked)

    @action(
        description="Token",
        url_path="mint",
        icon="key",
        permissions=("mint",),
    )
    def mint(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that mints a token for this person."""
        where = reverse("admin:accounts_issuedtoken_add", query={"user": object_id})
        return HttpResponseRedirect(where)

    @action(description="Password", url_path="password", icon="password", permissions=("change",))
    def password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a new password and set it."""
        return password_page(request, self, object_id)

    has_live_permission = live.permitted
    live_calls = live.leading_to(lambda row: {"user": row.get_username()})

    def has_why_permission(self, request: Any, obj: Any = None) -> bool:
        """Tell whether they may ask what somebody may use."""
        return may_ask(request.user)

    @action(description="Why?", url_path="why", icon="help", permissions=("why",))
    def why(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that explains what this person may use: a room above has it."""
        user = self.seen(request, object_id)
        return HttpResponseRedirect(reverse(WHY_PAGE, query={"user": user.username}))

    @action(description="End connections…", url_path="end", icon="link_off", permissions=("end",))
    def end_connections(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that ends all their connections."""
        return lead_to("person", self.seen(request, object_id).public_id)

    @action(description="Log out…", url_path="sign-out", icon="logout", permissions=("change",))
    def sign_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and end all their browser sessions."""
        return sign_out_page(self, request, self.seen(request, object_id))

    has_stop_permission = stopping.permitted
    stop = stopping.leading_to("user")

    @display(description="name")
    def full_name(self, row: User) -> str:
        """Give the full name."""
        return row.get_full_name() or "-"

    @display(description="state", label=STATES, ordering="is_active")
    def state(self, row: User) -> str:
        """Say whether they may log in."""
        return "Active" if row.is_active else "Disabled"

    @display(description="admin", ordering="is_staff")
    def admin(self, row: User) -> str:
        """Say whether they use these pages."""
        if row.is_superuser:
            return "superuser"
        return "yes" if row.is_staff else "-"

    @display(description="teams", ordering="in_number")
    def in_teams(self, row: User) -> str:
        """Name the teams."""
        return ", ".join(team.name for team in row.teams.all()) or "-"


def _person(order: dict[str, Any]) -> services.Person:
    return services.Person(**{name: order[name] for name in SAID})
