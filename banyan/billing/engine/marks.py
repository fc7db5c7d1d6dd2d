"""What services tell the rules of a write that people cannot say themselves, as codes of the write's context."""

#: A payment is a refund.
REFUNDING = "billing.refunding"
