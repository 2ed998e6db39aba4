"""Tokens of the playground, who holds them, and who may use it as another person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_attempts"),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={
                "ordering": ("username",),
                "permissions": (("view_as", "Can use the playground as another person"),),
                "verbose_name": "person",
                "verbose_name_plural": "people",
            },
        ),
        migrations.AddField(
            model_name="issuedtoken",
            name="made_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="issuedtoken",
            name="origin",
            field=models.CharField(
                choices=[
                    ("admin", "An admin"),
                    ("self", "My tokens"),
                    ("command", "Command line"),
                    ("consent", "Consent page"),
                    ("playground", "Playground"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="issuedtoken",
            index=models.Index(
                condition=models.Q(("origin", "playground")),
                fields=["created_at"],
                name="issued_to_playground",
            ),
        ),
    ]
