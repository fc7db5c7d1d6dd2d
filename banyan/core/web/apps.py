"""Django application of the web room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages for every object, components and the web shell."""

    name = "banyan.core.web"
    label = "web"

    def ready(self) -> None:
        """Register the settings pages, the first steps and the panel of files, whose texts are read."""
        from banyan.core.files.events import FileAttached  # noqa: PLC0415 models are ready only now
        from banyan.core.kernel.events import subscribe  # noqa: PLC0415 as above
        from banyan.core.transfer.events import ExportApproved  # noqa: PLC0415 as above
        from banyan.core.web.approvals import wiring as approvals  # noqa: PLC0415 as above
        from banyan.core.web.business_rules import wiring as business_rules  # noqa: PLC0415 as above
        from banyan.core.web.configuration import wiring as configuration  # noqa: PLC0415 as above
        from banyan.core.web.day import register_menu_entry  # noqa: PLC0415 models are ready only now
        from banyan.core.web.files.panel import register_panel  # noqa: PLC0415 as above
        from banyan.core.web.guide import wiring as guide  # noqa: PLC0415 as above
        from banyan.core.web.help import wiring as help_pages  # noqa: PLC0415 as above
        from banyan.core.web.jobs import make_what_was_approved, read_attached  # noqa: PLC0415 as above
        from banyan.core.web.layouts import wiring as layouts  # noqa: PLC0415 as above
        from banyan.core.web.processes import wiring as processes  # noqa: PLC0415 as above
        from banyan.core.web.settings import wiring as settings  # noqa: PLC0415 as above
        from banyan.core.web.tours import wiring as tours  # noqa: PLC0415 as above

        register_menu_entry()
        settings.register()
        processes.register()
        layouts.register()
        configuration.register()
        business_rules.register()
        guide.register()
        help_pages.register()
        tours.register()
        register_panel()
        approvals.register()
        subscribe(ExportApproved, "web.make_export", make_what_was_approved)
        subscribe(FileAttached, "web.read_text", read_attached)
