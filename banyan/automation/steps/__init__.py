"""Then: the kinds of steps, one class each."""
