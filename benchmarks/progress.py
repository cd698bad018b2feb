"""Messages on standard error: what is being measured."""

import sys


def say(message: str) -> None:
    """Print a line on standard error."""
    print(message, file=sys.stderr, flush=True)
