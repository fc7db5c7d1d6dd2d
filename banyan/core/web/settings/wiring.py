"""The pages that the settings have from the start."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.objects.customising import customisable
from banyan.core.transfer.everything.services import may_export_everything
from banyan.core.web.duties import NAME, day_panel, duties
from banyan.core.web.panels import (
    DayPanel,
    MenuEntry,
    RecordPanel,
    day_panels,
    frame_notices,
    menu_entries,
    record_panels,
)
from banyan.core.web.settings import usage, words
from banyan.core.web.settings.backups import overdue_notice
from banyan.core.web.settings.duties import DUTIES
from banyan.core.web.settings.encryption import missing_copy_notice
from banyan.core.web.settings.object_pages import ObjectPage, register_object_page
from banyan.core.web.settings.objects import address_of
from banyan.core.web.settings.pages import HOME, SettingsPage, register_settings_page
from banyan.core.web.settings.trees import DEPARTMENTS, TERRITORIES
from banyan.core.web.views.sharing import team_panel

PAGES = (
    SettingsPage(
        "me", _("My settings"), "/settings/me", "user", "me", _("Name, language, time zone and appearance"),
        words=(_("Language"), _("Theme"), _("Profile")),
    ),
    SettingsPage("password", _("Password"), "/settings/me/password", "lock", "me", _("Change your password")),
    SettingsPage(
        "factors", _("Second step and passkeys"), "/settings/me/factors", "key", "me",
        _("What proves you besides the password"), words=(_("Two-factor"), _("Passkey"), _("Authenticator app")),
    ),
    SettingsPage(
        "devices", _("Devices"), "/settings/me/devices", "device-desktop", "me",
        _("Where you are signed in"), words=(_("Sessions"),),
    ),
    SettingsPage(
        "deputies", _("Absence and deputies"), "/settings/me/deputies", "user-check", "me",
        _("Who stands in while you are away"), words=(_("Holiday"), _("Substitute")),
    ),
    SettingsPage(
        "tokens", _("API tokens"), "/settings/me/tokens", "plug", "me", _("Let programs work with your rights")
    ),
    SettingsPage(
        "organization", _("Organization"), "/settings/organization", "building", "organization",
        _("Name, language, currency, time zone"), ability=Ability.MANAGE_ORGANIZATION,
    ),
    SettingsPage(
        "guide", _("First steps"), "/welcome/organization", "flag", "organization",
        _("The guide from the first day"), ability=Ability.MANAGE_ORGANIZATION,
    ),
    SettingsPage(
        "people", _("People"), "/settings/people", "users", "people", _("Invite, change and deactivate colleagues"),
        ability=Ability.MANAGE_PEOPLE, words=(_("Users"), _("Invite a colleague")),
    ),
    SettingsPage(
        "departments", _("Departments"), "/settings/departments", "hierarchy-2", "people",
        _("Who works below whom"), ability=Ability.MANAGE_PEOPLE, routes=tuple(DEPARTMENTS.routes()),
    ),
    SettingsPage(
        "territories", _("Territories"), "/settings/territories", "map-pin", "people",
        _("Regions, who works in them and who sees what lies there"), ability=Ability.MANAGE_PEOPLE,
        routes=tuple(TERRITORIES.routes()),
        is_used=usage.has_territories,
    ),
    SettingsPage(
        "posts", _("Posts and levels"), "/settings/posts", "briefcase", "people",
        _("Posts, their levels, and the roles they bring"), ability=Ability.MANAGE_PEOPLE,
        is_used=usage.has_posts,
    ),
    SettingsPage(
        "roles", _("Roles"), "/settings/roles", "lock", "people", _("Who may see and do what"),
        ability=Ability.MANAGE_PEOPLE, words=(_("Permissions"),),
    ),
    SettingsPage(
        "sharing", _("Sharing rules"), "/settings/sharing", "share", "people",
        _("Share what fits a condition with whoever needs it"), ability=Ability.MANAGE_PEOPLE,
        is_used=usage.has_sharing_rules,
    ),
    SettingsPage(
        "access", _("Who can see this?"), "/settings/access", "help-circle", "people",
        _("Which rules let a person see a record, or keep them from it"), ability=Ability.MANAGE_PEOPLE,
        words=(_("Why"), _("Permissions")),
    ),
    SettingsPage(
        "changes", _("Change log"), "/settings/changes", "history", "people",
        _("Who changed people, rights and fields"), ability=Ability.MANAGE_PEOPLE, words=(_("Audit"),),
    ),
    SettingsPage(
        "security", _("Sign-in and security"), "/settings/security", "fingerprint", "security",
        _("Passwords, sessions and locks"), ability=Ability.MANAGE_SECURITY,
        words=(_("Password policy"), _("Session limits")),
    ),
    SettingsPage(
        "single-sign-on", _("Single sign-on"), "/settings/single-sign-on", "login", "security",
        _("OpenID Connect, SAML and LDAP"), ability=Ability.MANAGE_SECURITY,
        words=(_("SSO"), _("Active Directory")),
        is_used=usage.has_providers,
    ),
    SettingsPage(
        "provisioning", _("Provisioning"), "/settings/provisioning", "refresh", "security",
        _("Your directory says who works here (SCIM)"), ability=Ability.MANAGE_SECURITY, words=(_("SCIM"),),
        is_used=usage.has_provisioning,
    ),
    SettingsPage(
        "encryption", _("Encryption"), "/settings/encryption", "lock", "security",
        _("What is encrypted, keys and their age"), ability=Ability.MANAGE_SECURITY, words=(_("Keys"), _("Security")),
    ),
    SettingsPage(
        "audit", _("Audit log"), "/settings/audit", "shield-lock", "security",
        _("Who did what, when and from where"), ability=Ability.SEE_AUDIT, words=(_("Audit"), _("Security")),
    ),
    SettingsPage(
        "access-review", _("Access review"), "/settings/access-review", "list-check", "security",
        _("Confirm from time to time who may do what; the document for auditors"),
        may=lambda actor: actor.has(Ability.MANAGE_SECURITY) or actor.has(Ability.SEE_AUDIT),
        words=(_("Audit"), _("Permissions")),
    ),
    SettingsPage(
        "alerts", _("Alerts"), "/settings/alerts", "bell", "security", _("Unusual reading and exporting"),
        may=lambda actor: actor.has(Ability.MANAGE_SECURITY) or actor.has(Ability.SEE_AUDIT),
    ),
    SettingsPage(
        "watching", _("Exports and alerts"), "/settings/watching", "eye", "security",
        _("What needs approval, and what is conspicuous"), ability=Ability.MANAGE_SECURITY,
    ),
    SettingsPage(
        "export-requests", _("Exports to approve"), "/exports", "table-export", "security",
        _("Decide about exports of many rows"), ability=Ability.MANAGE_SECURITY,
        is_used=usage.has_export_requests,
    ),
    SettingsPage(
        "objects", _("Own objects"), "/settings/objects", "package", "objects",
        _("Kinds of records that only you have"), ability=Ability.CUSTOMISE, module="custom_objects",
        words=(_("Custom objects"),),
    ),
    SettingsPage(
        "fields", _("Fields"), "/settings/fields", "adjustments-horizontal", "objects",
        _("Add fields of your own"), ability=Ability.CUSTOMISE, words=(_("Custom fields"),),
    ),
    SettingsPage(
        "words", _("Words"), "/settings/words", "language", "objects",
        _("Call customers, deals and fields as your trade does"), ability=Ability.CUSTOMISE,
        words=(_("Rename"), _("Terminology")),
    ),
    SettingsPage(
        "lists", _("Pick lists"), "/settings/lists", "list", "objects", _("Values of choices and their colours"),
        ability=Ability.CUSTOMISE,
    ),
    SettingsPage(
        "tags", _("Tags"), "/settings/tags", "tags", "objects", _("Rename, merge and remove tags in all records"),
        ability=Ability.CUSTOMISE,
    ),
    SettingsPage(
        "jobs", _("Background jobs"), "/settings/jobs", "clock", "system", _("What runs, waits and failed"),
        ability=Ability.RUN_JOBS,
    ),
    SettingsPage(
        "backups", _("Backups"), "/settings/backups", "database", "system", _("Made every night, and when you like"),
        ability=Ability.MANAGE_ORGANIZATION, words=(_("Restore"),),
    ),
    SettingsPage(
        "export", _("Export everything"), "/settings/export", "download", "system",
        _("All data and files in open formats"), ability=Ability.MANAGE_ORGANIZATION, may=may_export_everything,
        words=(_("Download all data"),),
    ),
    SettingsPage("recycle-bin", _("Recycle bin"), "/recycle-bin", "trash", "system", _("Bring back what was deleted")),
    SettingsPage("api", _("REST interface"), "/settings/api", "external-link", "system", _("For programs"),
                 words=(_("API"),)),
)  # fmt: skip


OBJECT_PAGES = (
    ObjectPage(
        "fields", _("Fields"), "adjustments-horizontal", 10, lambda spec: f"/settings/fields/{spec.name}",
        count=lambda spec: len(spec.custom_fields), fits=customisable,
    ),
    ObjectPage(
        "words", _("Words"), "language", 80, lambda spec: f"/settings/words/{spec.name}", fits=words.is_reworded,
    ),
    ObjectPage(
        "objects", _("List, board and calendar"), "package", 15, address_of,
        fits=lambda spec: bool(address_of(spec)),
    ),
)  # fmt: skip


def register() -> None:
    """Register the pages, the entry of the main menu, and the warnings about missing backups and copies."""
    for entry in PAGES:
        register_settings_page(entry)
    for page in OBJECT_PAGES:
        register_object_page(page)
    frame_notices.add("backups", overdue_notice)
    record_panels.add("team", RecordPanel("team", team_panel, position=850, label=_("Team")))
    frame_notices.add("encryption", missing_copy_notice)
    for duty in DUTIES:
        duties.add(duty.name, duty)
    day_panels.add(NAME, DayPanel(NAME, day_panel, column="main", position=40))
    menu_entries.add("settings", MenuEntry("settings", _("Settings"), HOME, "settings", position=900))
