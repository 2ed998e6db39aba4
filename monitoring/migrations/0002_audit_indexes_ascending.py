from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial")]

    operations = [
        migrations.AddIndex("auditevent", models.Index(fields=["at"], name="audit_event_by_at")),
        migrations.AddIndex(
            "auditevent", models.Index(fields=["user", "id"], name="audit_event_by_user")
        ),
        migrations.AddIndex(
            "auditevent", models.Index(fields=["server", "id"], name="audit_event_by_server")
        ),
        migrations.AddIndex(
            "auditevent", models.Index(fields=["kind", "id"], name="audit_event_by_kind")
        ),
        migrations.RemoveIndex("auditevent", "audit_event_at"),
        migrations.RemoveIndex("auditevent", "audit_event_user"),
        migrations.RemoveIndex("auditevent", "audit_event_server"),
        migrations.RemoveIndex("auditevent", "audit_event_kind"),
    ]
