"""What is being measured, for whoever waits."""

import sys


def say(message: str) -> None:
    """A line on stderr."""
    print(message, file=sys.stderr, flush=True)
