"""Types that many modules name."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
"""Shapes and float types are stated where an array is used."""

Seed = int | np.random.Generator | None
"""A seed, a generator that is taken as it is, or None for a seed drawn anew."""
