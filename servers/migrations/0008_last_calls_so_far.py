"""When clients last called servers, as far as the trail has it."""

from django.db import migrations
from django.db.models import Max

from servers.connect.catalogue import CATALOGUE

CALLS = ("call", "read", "get")


def begin(apps, schema_editor):
    """Take it from the trail, once: from now on it is kept as the trail is written."""
    model = apps.get_model("servers", "LastCall")
    clients = apps.get_model("accounts", "OAuthClient").objects.values_list("public_id", "name")
    tokens = apps.get_model("accounts", "IssuedToken").objects.values_list("public_id", "name")
    names = {str(key): name for key, name in (*clients, *tokens)}
    events = apps.get_model("monitoring", "AuditEvent").objects.filter(kind__in=CALLS, verdict="allow")
    kept = {}
    called = events.order_by().values_list("server", "client", "user").annotate(last=Max("at"))
    for server, client, user, at in called.iterator():
        family = CATALOGUE.known(names.get(client, ""))
        for whose in {user.hex if user else "", ""}:
            key = (server, whose, f"family:{family}" if family else client)
            kept[key] = max(at, kept.get(key, at))
    model.objects.bulk_create(
        (model(server=key[0], user=key[1], caller=key[2], at=at) for key, at in kept.items()),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_playground"),
        ("monitoring", "0004_trailcheck_seen"),
        ("servers", "0007_last_calls"),
    ]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
