"""Recovery codes are stored as passwords are, which takes more room."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_ended_sessions")]

    operations = [
        migrations.AlterField(model_name="recoverycode", name="code_hash", field=models.CharField(max_length=160)),
    ]
