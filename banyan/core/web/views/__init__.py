"""The pages that every object has, made from its specification."""
