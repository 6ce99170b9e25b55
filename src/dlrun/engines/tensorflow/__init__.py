"""Keras on TensorFlow, behind the door of `Engine`."""

from __future__ import annotations
