"""Which drumlin this is: the version in the metadata of the installation."""

from __future__ import annotations


def installed_version() -> str:
    """Such as "0.1.0"; "0+unknown" in a tree that was never installed."""
    from importlib.metadata import PackageNotFoundError, version  # takes a while: only when asked

    try:
        return version("drumlin")
    except PackageNotFoundError:
        return "0+unknown"
