"""What an organization's own fields do beyond holding a value: formulas, roll-ups, numbers, defaults, conversions."""
