"""Workers on other machines: Ray carries them, and they do what they do on this one."""

from __future__ import annotations
