"""Views may be shown as a forecast."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("listing", "0004_sealed_columns")]

    operations = [
        migrations.AlterField(
            model_name="savedview",
            name="display",
            field=models.CharField(
                choices=[("table", "Table"), ("board", "Board"), ("calendar", "Calendar"), ("forecast", "Forecast")],
                default="table",
                max_length=10,
            ),
        ),
    ]
