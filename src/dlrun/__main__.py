"""`python -m dlrun`."""

from __future__ import annotations

from dlrun.cli.app import main

main()
