"""The compiled core, where there was a compiler: it makes the small factorisations of an M-step.

For the small matrices of a mixture the overhead of NumPy's calls exceeds the arithmetic. Every
function that uses it is also written in NumPy, beside it.
"""

from __future__ import annotations

try:
    import drumlin._native as core

    COMPILED = True
except ImportError:  # installed without a compiler
    COMPILED = False

__all__ = ["COMPILED", "core"]
