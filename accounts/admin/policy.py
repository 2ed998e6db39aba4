"""The page that decides how clients become known."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts import permissions, services
from accounts.models import ClientPolicy
from accounts.permissions import Permission
from accounts.selectors import client_policy
from monitoring.admin.editions import EditedWords

WHERE = "admin:accounts_oauthclient_policy"
DOCUMENTS_OFF = (
    "Has no effect yet: documents need a hub with a public https address (MCPHUB_PUBLIC_URL)."
)
DOCUMENTS_ON = (
    "A client then names an https address as its id, and the hub fetches what stands there."
)


class PolicyForm(EditedWords):
    """How clients become known."""

    registration = forms.ChoiceField(
        choices=ClientPolicy.Registration.choices,
        label="Who may register",
        help_text="Clients that are known already stay as they are.",
        widget=UnfoldAdminRadioSelectWidget,
    )
    redirect_hosts = forms.CharField(
        required=False,
        max_length=4000,
        label="Listed hosts",
        help_text="One a line, such as claude.ai. 127.0.0.1 stands for programs on people's own"
        " machines. Used where only listed hosts may register; documents count by their domain.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
    )
    client_documents = forms.BooleanField(
        required=False,
        label="Know clients by the document at their id",
        help_text=DOCUMENTS_ON,
        widget=UnfoldBooleanSwitchWidget,
    )


def policy_page(request: Any, page: Any) -> HttpResponse:
    """Show what is decided; on POST decide."""
    may_change = permissions.has(request.user, Permission.CHANGE_CLIENT_POLICY)
    if not (may_change or permissions.has(request.user, Permission.VIEW_CLIENT_POLICY)):
        raise PermissionDenied
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = _form(request, may_change)
    if form.is_valid() and _decide(page, request, form):
        messages.success(request, "From now on clients become known in this way.")
        return HttpResponseRedirect(reverse(WHERE))
    context = {
        **page.admin_site.each_context(request),
        "title": "How clients become known",
        "opts": page.opts,
        "form": form,
        "submit_words": "Save" if may_change else "",
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "admin/hub/form.html", context, status=status)


def _form(request: HttpRequest, may_change: bool) -> PolicyForm:
    """Return the form with what stands, dimmed for those who only look."""
    policy = client_policy()
    names = ("registration", "redirect_hosts", "client_documents")
    form = PolicyForm(request.POST or None, initial={name: getattr(policy, name) for name in names})
    if not settings.CLIENT_DOCUMENTS:
        form.fields["client_documents"].help_text = DOCUMENTS_OFF
    for field in form.fields.values():
        field.disabled = not may_change
    return form


def _decide(page: Any, request: Any, form: PolicyForm) -> bool:
    """Do what a valid form says, or tell in it why not."""
    try:
        services.set_client_policy(actor=request.user, **form.cleaned_data)
    except page.refusals as refused:
        form.add_error("redirect_hosts", str(refused))
        return False
    return True
