import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import nuanxin.kernel.access.enums


class Migration(migrations.Migration):
    dependencies = [("access", "0004_disclosure_seals")]
    operations = [
        migrations.RemoveField("account", "failed_sign_ins"),
        migrations.RemoveField("account", "last_failed_at"),
        migrations.AddField("account", "unlocked_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            "FormerPassword",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128)),
                ("until", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_passwords",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            "signin", "how", models.CharField(choices=nuanxin.kernel.access.enums.SignInKind.choices, max_length=12)
        ),
        migrations.AddIndex("signin", models.Index(fields=["username", "at"], name="access_signin_name")),
        migrations.AddIndex("signin", models.Index(fields=["address", "at"], name="access_signin_address")),
    ]
