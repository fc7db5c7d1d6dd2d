"""Documents on the company's letterhead, as PDF."""
