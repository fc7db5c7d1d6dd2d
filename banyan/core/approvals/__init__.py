"""Approval flows: who has to agree before something holds, step by step, and what became of it."""
