"""When clients last called servers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("servers", "0006_stop_made_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="LastCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("server", models.CharField(max_length=64)),
                ("user", models.CharField(blank=True, max_length=32)),
                ("caller", models.CharField(blank=True, max_length=255)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["server", "user", "-at"], name="last_call_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("server", "user", "caller"), name="last_call_once")
                ],
            },
        ),
    ]
