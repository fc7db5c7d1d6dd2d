"""Working out the promised times of tickets."""
