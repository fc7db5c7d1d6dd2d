"""Background work of links, where the worker looks for it."""

from banyan.portal.services.mailing import send_link

__all__ = ["send_link"]
