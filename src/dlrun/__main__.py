"""`python -m dlrun`."""

from __future__ import annotations

from dlrun.cli.app import main

if __name__ == "__main__":  # A process of --jobs imports it under another name.
    main()
