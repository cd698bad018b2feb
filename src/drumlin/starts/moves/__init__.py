"""AXIS, half of it: moments to begin with where a run has ended."""
