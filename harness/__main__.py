"""`python -m harness`: run a command, turn what a user can mend into one line and an exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from harness.cli import app
        from harness.errors import HarnessError
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        app()
    except HarnessError as error:
        sys.stderr.write(f"harness: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
