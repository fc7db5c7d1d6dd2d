"""The change log knows erasures of personal data."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0003_updates_by_day"),
    ]

    operations = [
        migrations.AlterField(
            model_name="change",
            name="action",
            field=models.CharField(
                choices=[
                    ("create", "Create"),
                    ("update", "Update"),
                    ("delete", "Delete"),
                    ("restore", "Restore"),
                    ("merge", "Merge"),
                    ("erase", "Erase"),
                ],
                max_length=10,
            ),
        ),
    ]
