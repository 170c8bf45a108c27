"""Training: how parameters start, and what classes are found by name."""
