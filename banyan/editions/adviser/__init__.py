"""The adviser: from what a company answers to the edition, modules, plan and cost that fit it."""
