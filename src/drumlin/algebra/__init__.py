"""SUBJECT: what follows exactly from a mixture: linear images, marginals, projections."""
