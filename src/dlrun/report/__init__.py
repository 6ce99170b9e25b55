"""A comparison, a list of runs, or a lesson, in something that can be read.

Each rendering is imported from its own module: a list of runs does not pay for the
sections and the pictures of a comparison.
"""

from __future__ import annotations
