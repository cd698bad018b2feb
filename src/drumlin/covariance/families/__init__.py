"""AXIS, half of it: which M-step rule chose a covariance."""
