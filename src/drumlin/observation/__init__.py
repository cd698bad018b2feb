"""AXIS: what of a row was seen; `Complete` when all of it was."""

from drumlin.observation.complete import Complete

__all__ = ["Complete"]
