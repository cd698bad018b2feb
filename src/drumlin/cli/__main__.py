"""The entry point of the command: `drumlin`, or `python -m drumlin.cli`."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command; without its extra, print in one line how to install it."""
    try:
        from drumlin.cli.application import app
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        print("drumlin: the command needs the extra: pip install 'drumlin[cli]'", file=sys.stderr)
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # tables have ±, names any letter
            stream.reconfigure(encoding="utf-8")
    app(prog_name="drumlin")


if __name__ == "__main__":
    main()
