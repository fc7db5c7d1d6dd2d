"""Records may be handed over in bulk."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bulk", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bulktask",
            name="action",
            field=models.CharField(
                choices=[("update", "Change"), ("tag", "Tag"), ("delete", "Delete"), ("hand_over", "Hand over")],
                max_length=10,
            ),
        ),
    ]
