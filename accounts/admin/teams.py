"""Teams, and who is in them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import services
from accounts.errors import AccountsError
from accounts.models import Membership, Team, User
from monitoring import asked
from monitoring.admin import times
from monitoring.admin.base import ServiceAdmin, ServiceForm
from monitoring.admin.inlines import RowsInline


class TeamForm(ServiceForm):
    """A team's words."""

    class Meta:
        model = Team
        fields = ("name", "description")


class MembersInline(RowsInline):
    """Who is in the team."""

    model = Membership
    verbose_name_plural = "members"
    fields = ("person", "role", "since")
    readonly_fields = ("person", "since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Return the memberships with their people."""
        rows: QuerySet[Membership] = super().get_queryset(request)
        return rows.select_related("user", "team")

    @display(description="person")
    def person(self, row: Membership) -> str:
        """Name the person."""
        return row.user.username

    @display(description="since")
    def since(self, row: Membership) -> str:
        """Say since when."""
        return times.day(row.created_at)


class NewMemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person and what they will be."""

    class Meta:
        model = Membership
        fields = ("user", "role")
        labels = {"user": "Person"}

    def has_changed(self) -> bool:
        """Count a form that was filled in beforehand as said, once it is sent."""
        return super().has_changed() or bool(self.data.get(self.add_prefix("user")))


class NamedMemberForm(NewMemberForm):
    """A person by their name, for a team's admins: they may see no list of people."""

    user = forms.ModelChoiceField(
        queryset=User.objects.filter(is_active=True),
        to_field_name="username",
        label="Person",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Their name, exactly.",
        error_messages={"invalid_choice": "Nobody who is active has this name."},
    )


class NewMembersInline(RowsInline):
    """Who joins the team."""

    model = Membership
    form = NewMemberForm
    verbose_name = "member"
    verbose_name_plural = "new members"
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    ADDS, CHANGES, DELETES = True, False, False
    per_page = None

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Show one form at once for whom `?join=` names."""
        return 1 if request.GET.get("join") else 0

    def get_autocomplete_fields(self, request: Any) -> tuple[str, ...]:
        """Offer people to search to who may see them."""
        return self.autocomplete_fields if request.user.has_perm("accounts.view_user") else ()

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        """Take a name where people may not be searched."""
        if not self.get_autocomplete_fields(request):
            kwargs["form"] = NamedMemberForm
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Show none of those who are there: they have a list of their own."""
        return Membership.objects.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only who adds sees an empty list to add to."""
        return self._may(request, obj)


@admin.register(Team)
class TeamAdmin(ServiceAdmin):
    """Groups of people that own and use."""

    form = TeamForm
    refusals = (AccountsError,)
    inlines = (MembersInline, NewMembersInline)
    empty_hint = "Make a team, put people into it, then give it sources and servers."
    list_display = ("name", "description", "size", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name", "description")
    search_help_text = "A name or a word"
    fields = ("name", "description")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """Return the teams with the number of their members."""
        rows: QuerySet[Team] = super().get_queryset(request)
        return rows.annotate(number=Count("memberships"))

    def get_formset_kwargs(self, request: Any, obj: Any, inline: Any, prefix: str) -> Any:
        """Fill in whom `?join=` names: the page that explains access leads here."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        join = asked.key(request.GET.get("join", ""))
        if isinstance(inline, NewMembersInline) and join is not None:
            kwargs["initial"] = [{"user": join, "role": Membership.Role.MEMBER}]
        return kwargs

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave a team's words to who may change every team; its admins have its members."""
        return () if obj is None or self.permitted(request, "change") else self.fields

    def create(self, request: Any, form: Any) -> Team:
        """Make the team."""
        order = form.cleaned_data
        return services.create_team(actor=request.user, **order)

    def update(self, request: Any, row: Team, form: Any) -> None:
        """Change the team's words."""
        if form.changed_data:
            services.update_team(actor=request.user, team=row, **form.cleaned_data)

    def remove(self, request: Any, row: Team) -> None:
        """Delete the team."""
        services.delete_team(actor=request.user, team=row)

    def save_rows(self, request: Any, row: Any, formset: Any) -> None:
        """Put people in, change what they are, take them out."""
        actor = request.user
        for form in formset.deleted_forms:
            services.remove_member(actor=actor, team=row, user=form.instance.user)
        for form in formset.initial_forms:
            if form.has_changed() and form not in formset.deleted_forms:
                role = form.cleaned_data["role"]
                services.change_role(actor=actor, team=row, user=form.instance.user, role=role)
        for form in formset.extra_forms:
            if form.has_changed():
                order = form.cleaned_data
                services.add_member(actor=actor, team=row, user=order["user"], role=order["role"])

    def what_goes(self, row: Team) -> list[str]:
        """Say what goes with a team."""
        size = row.memberships.count()
        return [
            f"{size} member{'s lose' if size != 1 else ' loses'} what the team may use.",
            "Access rules about the team.",
            "What it owned stays, and belongs to nobody.",
        ]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead to the new team's page, where its members go."""
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(reverse("admin:accounts_team_change", args=[obj.pk]))

    @display(description="members", ordering="number")
    def size(self, row: Any) -> int:
        """Count the members."""
        return int(row.number)
