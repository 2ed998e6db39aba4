"""What people fill in on this room's pages."""

import uuid
from collections.abc import Sequence

from django import forms
from django.contrib.auth.forms import PasswordChangeForm

from accounts.oauth.directory import ServerFacts
from accounts.scopes import DEFAULT, SCOPES
from accounts.words import words_of

NAME_LENGTH = 80
LIFETIMES = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year"))


class MintForm(forms.Form):
    """An order for a token; the servers offered are the ones this person may use.

    `once` is another for each form that is shown, so that one sent twice makes one token.
    """

    name = forms.CharField(
        max_length=NAME_LENGTH,
        help_text="Where you will use it, such as “laptop” or “nightly report”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    server = forms.ChoiceField(help_text="A token opens this server and no other.")
    scopes = forms.MultipleChoiceField(
        choices=tuple((words.scope, words) for words in words_of(SCOPES)),
        initial=DEFAULT,
        widget=forms.CheckboxSelectMultiple,
        label="What it may do",
        error_messages={"required": "Choose at least one thing it may do."},
    )
    days = forms.TypedChoiceField(choices=LIFETIMES, coerce=int, initial=30, label="Valid for")
    # Browsers that keep what was filled in would bring the one of the last form back.
    once = forms.UUIDField(
        initial=uuid.uuid4,
        required=False,
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: object, servers: Sequence[ServerFacts], wanted: str = "") -> None:
        """Offer these servers, the wanted one chosen."""
        super().__init__(*args)  # type: ignore[arg-type]
        self.servers = {server.slug: server for server in servers}
        choices = [(server.slug, f"{server.title} ({server.slug})") for server in servers]
        self.fields["server"].choices = choices  # type: ignore[attr-defined]
        self.fields["server"].initial = wanted if wanted in self.servers else None

    @property
    def chosen(self) -> ServerFacts:
        """The server chosen, once the form is valid."""
        return self.servers[self.cleaned_data["server"]]


class ConsentForm(forms.Form):
    """What a person allows: scopes, and a server where the client named none."""

    decision = forms.ChoiceField(
        choices=(("allow", "Allow"), ("deny", "Deny")),
        error_messages={
            "required": "Choose Allow or Deny.",
            "invalid_choice": "Choose Allow or Deny.",
        },
    )
    scopes = forms.MultipleChoiceField(
        choices=tuple(SCOPES.items()),
        error_messages={"required": "Choose at least one thing it may do, or deny it."},
    )
    server = forms.ChoiceField(
        error_messages={
            "required": "Choose the server it may use.",
            "invalid_choice": "Choose one of these servers.",
        }
    )

    def __init__(self, *args: object, servers: Sequence[ServerFacts]) -> None:
        """Take one of these servers; of one alone the page need not send the name."""
        super().__init__(*args)  # type: ignore[arg-type]
        self.servers = {server.slug: server for server in servers}
        choices = [(server.slug, server.title) for server in servers]
        self.fields["server"].choices = choices  # type: ignore[attr-defined]
        self.fields["server"].required = len(choices) != 1

    @property
    def chosen(self) -> ServerFacts:
        """The server chosen, once the form is valid."""
        return self.servers[self.cleaned_data["server"] or next(iter(self.servers))]


class EndingForm(forms.Form):
    """Whether tokens and connections end with what is about to end."""

    tokens_too = forms.BooleanField(required=False)


class OwnPasswordForm(PasswordChangeForm):
    """The password one has, the new one twice, and whether clients have to ask again."""

    tokens_too = forms.BooleanField(required=False)
    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_mismatch": "The two new passwords differ.",
        "password_incorrect": "That is not your current password.",
    }

    def __init__(self, *args: object) -> None:
        """Say what the fields are in few words; the rules stand once beside them."""
        super().__init__(*args)  # type: ignore[arg-type]
        labels = ("Current password", "New password", "New password again")
        names = ("old_password", "new_password1", "new_password2")
        for name, label in zip(names, labels, strict=True):
            self.fields[name].label = label
            self.fields[name].help_text = ""
        described = {"aria-describedby": "rules id_new_password1_error"}
        self.fields["new_password1"].widget.attrs.update(described)
