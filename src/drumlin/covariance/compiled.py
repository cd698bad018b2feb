"""The compiled core, where the package was built with a compiler; without, NumPy serves.

For the small matrices of a mixture the overhead of NumPy's calls exceeds the arithmetic. Every
function that calls the compiled core also has its NumPy version, beside the call.
"""

from __future__ import annotations

try:
    import drumlin._native as core

    COMPILED = True
except ImportError:  # installed without a compiler
    COMPILED = False

__all__ = ["COMPILED", "core"]
