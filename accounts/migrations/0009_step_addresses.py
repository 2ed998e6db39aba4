"""Where each step of an attempt to connect came from, and whether it said itself whose it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_playground")]

    operations = [
        migrations.AddField(
            model_name="attemptstep",
            name="address",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="attemptstep",
            name="user_agent",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.AddField(
            model_name="attemptstep",
            name="named",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="attemptstep",
            index=models.Index(fields=["address"], name="step_by_address"),
        ),
    ]
