"""AXIS, half of it: what a covariance is, stored as its structure allows."""
