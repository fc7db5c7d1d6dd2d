"""What the lines of a record held when approval was asked for."""

from django.db import migrations

import banyan.core.encryption.columns


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_approvals"),
    ]

    operations = [
        migrations.AddField(
            model_name="approval",
            name="lines",
            field=banyan.core.encryption.columns.SealedJSONField(default=dict),
        ),
    ]
