"""Pages for those who keep watch: the audit log, exports that need approval, alerts."""
