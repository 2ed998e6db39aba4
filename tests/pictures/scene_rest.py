"""What the remaining lists of the admin show, and the key of one row of each."""

from django.apps import apps
from django.utils import timezone

from accounts.models import User
from monitoring.models import AuditPerson, AuditSeal
from servers import services
from servers.models import EndedSession
from tests.pictures.rows_rest import CHANGED, DELETED, key_of

NOTE = "Our own chat in the intranet; ask Mary before it is taken away."


def made() -> dict[str, str]:
    """Make what is not there yet; return the keys."""
    admin = User.objects.get(username="admin")
    services.allow_origin(actor=admin, origin="https://chat.example.com", note=NOTE)
    EndedSession.objects.create(nonce="5f1b0c2e9a7d4e63", expires_at=timezone.now())
    AuditPerson.objects.get_or_create(pk=admin.public_id, defaults={"label": "admin"})
    at = timezone.now()
    if not AuditSeal.objects.exists():
        AuditSeal.objects.create(at=at, heads="{}", mac="0f" * 32, key_id="1", previous="")
    return {key_of(model): _first(model) for model in {*CHANGED, *DELETED}}


def _first(model: str) -> str:
    """Return the key of the newest row."""
    rows = apps.get_model(model.replace("/", "."))._default_manager.order_by("-pk")
    if model == "accounts/user":
        rows = rows.filter(username="many")
    row = rows.first()
    assert row is not None, f"The scene has no {model}."
    return str(row.pk)
