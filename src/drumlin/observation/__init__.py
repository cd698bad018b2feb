"""What of a row was seen: all of it (`Complete`)."""

from drumlin.observation.complete import Complete

__all__ = ["Complete"]
