"""The pages of approvals: what waits for one, one approval, its paper, links in e-mails, and how flows are drawn up."""
