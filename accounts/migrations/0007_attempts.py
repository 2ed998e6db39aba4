"""How far each attempt to connect came and why no further, kept beside its steps for lists."""

from django.db import migrations, models

STEPS = [
    ("challenge", "Challenge"),
    ("metadata", "Metadata"),
    ("registration", "Registration"),
    ("authorize", "Authorization"),
    ("allowed", "Consent"),
    ("token", "Token"),
    ("call", "First call"),
]


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0006_control"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="connectionattempt",
            options={
                "ordering": ("-last_at", "-id"),
                "verbose_name": "attempt to connect",
                "verbose_name_plural": "attempts to connect",
            },
        ),
        migrations.RemoveField(model_name="connectionattempt", name="failed"),
        migrations.AddField(
            model_name="connectionattempt",
            name="last_step",
            field=models.CharField(choices=STEPS, default="challenge", max_length=12),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="connectionattempt",
            name="reason",
            field=models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="connectionattempt",
            name="begun_at",
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name="attemptstep",
            name="step",
            field=models.CharField(choices=STEPS, max_length=12),
        ),
    ]
