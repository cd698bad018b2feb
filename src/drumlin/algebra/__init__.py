"""SUBJECT: what follows exactly from a mixture: linear images, marginals, projections."""

from drumlin.algebra.linear import image, marginal
from drumlin.algebra.projection import Projection, project

__all__ = ["Projection", "image", "marginal", "project"]
