"""`python -m harness`: run a command, turn what a user can mend into one line and an exit code."""

from __future__ import annotations

import sys

from harness.errors import HarnessError


def main() -> None:
    """Run the command line."""
    from harness.cli import app

    try:
        app()
    except HarnessError as error:
        sys.stderr.write(f"harness: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("harness: interrupted; what was measured is kept: run again to continue\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
