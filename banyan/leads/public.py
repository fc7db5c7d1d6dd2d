"""The front door of the leads app for apps above it."""

from banyan.leads.choices import OPEN_STATUSES, LeadStatus
from banyan.leads.models import Lead, LeadConsent, LeadForm, LeadSubmission
from banyan.leads.services.capturing import Captured
from banyan.leads.services.converting import Choice, Converted, convert, convert_many, reverse
from banyan.leads.services.forms import FormValues, save_form
from banyan.leads.services.mail import MOST_BYTES as LONGEST_MAIL
from banyan.leads.services.mail import receive_mail
from banyan.leads.services.moving import disqualify, recycle, tick
from banyan.leads.services.pool import claim, release
from banyan.leads.services.settings import prepare_organization, save_setting

__all__ = [
    "LONGEST_MAIL",
    "OPEN_STATUSES",
    "Captured",
    "Choice",
    "Converted",
    "FormValues",
    "Lead",
    "LeadConsent",
    "LeadForm",
    "LeadStatus",
    "LeadSubmission",
    "claim",
    "convert",
    "convert_many",
    "disqualify",
    "prepare_organization",
    "receive_mail",
    "recycle",
    "release",
    "reverse",
    "save_form",
    "save_setting",
    "tick",
]
