"""When: what begins a rule, one class each."""
