"""Training: guided tours per role, and courses with exercises in an organization made for practising."""
