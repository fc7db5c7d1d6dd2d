"""The front door of the marketing app for apps above it."""

from banyan.marketing.choices import Becomes, CampaignStatus, MemberState, SegmentKind
from banyan.marketing.models import BlockedAddress, Campaign, CampaignMember, Delivery, Mailing, Segment
from banyan.marketing.services.mailings import MailValues, save_mailing
from banyan.marketing.services.members import add_records
from banyan.marketing.services.responses import note_response
from banyan.marketing.services.segments import SegmentValues, save_segment

__all__ = [
    "Becomes",
    "BlockedAddress",
    "Campaign",
    "CampaignMember",
    "CampaignStatus",
    "Delivery",
    "MailValues",
    "Mailing",
    "MemberState",
    "Segment",
    "SegmentKind",
    "SegmentValues",
    "add_records",
    "note_response",
    "save_mailing",
    "save_segment",
]
