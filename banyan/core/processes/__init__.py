"""Processes: stages of records with gates, owners, time limits, outcomes and a history of stays."""
