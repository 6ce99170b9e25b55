"""Files that look like any other, and wait for ever when they are read."""

from __future__ import annotations

import os
from pathlib import Path


def is_made_when_read(file: Path) -> bool:
    """Whether the kernel makes up the content of a file as it is read.

    Such a file, as `/proc/kmsg` or `/proc/self/stat`, has no size, and may wait until
    there is something to say; so it is asked without waiting.

    Raises:
        OSError: it cannot be opened.
    """
    if file.stat().st_size > 0:
        return False
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        return os.read(descriptor, 1) != b""
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
