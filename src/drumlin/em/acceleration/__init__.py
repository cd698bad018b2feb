"""AXIS of a run: fewer passes to the same answer, by jumps that never go down."""

from drumlin.em.acceleration.accelerated import accelerated

__all__ = ["accelerated"]
