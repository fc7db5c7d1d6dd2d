"""Whatever ends a session, a person, an administrator or time, tells the servers, so that its open pages hear no more news."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_role_export_rows")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION identity_session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_notify('banyan_live', json_build_object('session', OLD.session_key)::text);
                RETURN NULL;
            END $$;
            CREATE TRIGGER identity_session_ended AFTER DELETE ON identity_session
                FOR EACH ROW EXECUTE FUNCTION identity_session_ended();
            """,
            "DROP TRIGGER identity_session_ended ON identity_session; DROP FUNCTION identity_session_ended();",
        ),
    ]
