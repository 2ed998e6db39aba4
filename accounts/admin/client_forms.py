"""What admins fill in about clients."""

from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.foreign import NAME_LENGTH, clean_line
from accounts.models import OAuthClient
from accounts.oauth import redirects
from monitoring.admin.base import ServiceForm

State = OAuthClient.State
AUTH_WORDS = {
    "none": "Public: no secret, for programs on people's own machines",
    "client_secret_basic": "Confidential: a secret, sent in a header (client_secret_basic)",
    "client_secret_post": "Confidential: a secret, sent in the body (client_secret_post)",
}
DECISIONS = {
    State.LET_IN: "Let in: people may allow it, and its tokens work",
    State.WAITS: "Waits: nobody can allow it yet",
    State.BLOCKED: "Blocked: nobody can allow it, and its tokens are refused",
}
REDIRECTS_HELP = (
    "One a line, exactly as the client sends it: https, or http on 127.0.0.1, [::1] or localhost,"
    " where any port fits."
)


def name_field() -> forms.CharField:
    """Return the field for what people read on the consent page."""
    return forms.CharField(
        max_length=NAME_LENGTH,
        help_text="People read it on the consent page.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def redirects_field() -> forms.CharField:
    """Return the field for redirect addresses, one a line."""
    return forms.CharField(
        label="Redirect addresses",
        max_length=redirects.MOST * (redirects.LONGEST + 2),
        help_text=REDIRECTS_HELP,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"}),
    )


def cleaned_name(text: str) -> str:
    """Return a name without what cannot be seen. Raises ValidationError if nothing is left."""
    name = clean_line(text)
    if not name:
        raise forms.ValidationError("Give it a name that can be read.")
    return name


def cleaned_redirects(text: str) -> tuple[str, ...]:
    """Return the addresses, each once. Raises ValidationError for what is none."""
    uris = tuple(dict.fromkeys(text.split()))
    if problem := redirects.problem_of_all(uris, settings.PRIVATE_SCHEMES):
        raise forms.ValidationError(problem)
    return uris


class NewClientForm(forms.Form):
    """An order for a client that does not register itself."""

    name = name_field()
    redirect_uris = redirects_field()
    auth_method = forms.ChoiceField(
        choices=tuple(AUTH_WORDS.items()),
        initial="none",
        label="Kind",
        widget=UnfoldAdminRadioSelectWidget,
    )

    def clean_name(self) -> str:
        """Return the name without what cannot be seen."""
        return cleaned_name(self.cleaned_data["name"])

    def clean_redirect_uris(self) -> tuple[str, ...]:
        """Return the redirect addresses."""
        return cleaned_redirects(self.cleaned_data["redirect_uris"])


class ClientForm(ServiceForm):
    """What there is to decide about a client; what it says of itself is its own, unless by hand."""

    name = name_field()
    redirect_uris = redirects_field()
    decision = forms.ChoiceField(label="State", widget=UnfoldAdminRadioSelectWidget)

    class Meta:
        model = OAuthClient
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show what stands; waiting is offered to one that waits."""
        super().__init__(*args, **kwargs)
        row = self.instance
        self.initial.update(name=row.name, decision=row.state)
        self.initial["redirect_uris"] = "\n".join(row.redirect_uris.split())
        if "decision" in self.fields:
            choices = [
                (each, DECISIONS[each]) for each in State if each != State.WAITS or not row.approved
            ]
            self.fields["decision"].choices = choices

    def clean_name(self) -> str:
        """Return the name without what cannot be seen."""
        return cleaned_name(self.cleaned_data["name"])

    def clean_redirect_uris(self) -> str:
        """Return the redirect addresses as a row keeps them."""
        return " ".join(cleaned_redirects(self.cleaned_data["redirect_uris"]))

    def _post_clean(self) -> None:
        """Leave the row alone: the service judges it whole, also what this form does not show."""
