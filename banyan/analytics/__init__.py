"""Statistics: what was gained, done and earned in any period, beside the period before."""
