"""What tests of the admin stand on: a page's form as a browser would send it, and the trail."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse

from monitoring import audit
from monitoring.models import AuditEvent


def url(model: type[Model], page: str, *args: Any) -> str:
    """The address of a model's page: "changelist", "add", "change", "delete"."""
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)


def area(name: str, row: Model, *args: Any) -> str:
    """The address of an area of a published server's page."""
    return reverse(f"admin:servers_server_{name}", args=[row.pk, *args])


def many(client: Any, model: type[Model], action: str, keys: list[Any], typed: str) -> HttpResponse:
    """Run a list's action that asks first: see that it asks and does nothing, then type it."""
    order = {"action": action, "_selected_action": keys}
    before = len(changes())
    asked = client.post(url(model, "changelist"), order)
    assert f"{typed}</code>" in text(asked) and len(changes()) == before
    wrong = client.post(url(model, "changelist"), {**order, "sent": "1", "name": "yes"})
    assert wrong.status_code == 422 and len(changes()) == before
    sent = {**dict(asked.context["act"].carried), **order, "name": typed}
    done: HttpResponse = client.post(url(model, "changelist"), sent, follow=True)
    return done


def filled(response: Any) -> dict[str, Any]:
    """What a browser would send if the page's form were submitted unchanged."""
    forms = [response.context["adminform"].form]
    for wrapped in response.context["inline_admin_formsets"]:
        forms += [wrapped.formset.management_form, *wrapped.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = value
    return data


def errors(response: Any) -> list[str]:
    """Every error of the page's form, inlines included."""
    form = response.context["adminform"].form
    found = [message for messages in form.errors.values() for message in messages]
    for wrapped in response.context["inline_admin_formsets"]:
        for row in wrapped.formset.errors:
            found += [message for messages in row.values() for message in messages]
    return found


def changes(action: str = "") -> list[dict[str, Any]]:
    """The changes in the trail so far, oldest first: who, action, before, after."""
    audit.flush()
    rows = AuditEvent.objects.filter(kind="change").order_by("id")
    found = [{"action": row.action, "user": row.user, **json.loads(row.data)} for row in rows]
    return [change for change in found if not action or change["action"] == action]


def text(response: HttpResponse) -> str:
    """The page's HTML."""
    return response.content.decode()


def registered() -> set[str]:
    """The models that have pages, as "app.model"."""
    return {model._meta.label_lower for model in admin.site._registry}
