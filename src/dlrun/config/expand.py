"""Putting `vars` and `blocks` where they are used, in the configs that have any."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dlrun.config.node import Node
from dlrun.config.tree import BLOCKS, SIGN, VARIABLES

if TYPE_CHECKING:
    from dlrun.config.level import LayerKinds


def expand(
    node: Node, layer_kinds: Callable[[], LayerKinds], *, may_be_unused: bool = False
) -> Node:
    """Put `vars` and `blocks` where they are used, and take them out.

    After that come the changes by path that lead to a layer in a block.

    Args:
        node: A config as it was written.
        layer_kinds: Tells what must be known of layers; asked where it is needed.
        may_be_unused: Whether nothing need use a variable or a block.

    Returns:
        The same node where there is nothing to expand.

    Raises:
        ConfigError: every value that cannot be known, every use of a block that does
            not fit it, and every variable and block of the file itself, or of an
            argument, that nothing uses.
    """
    content = node.tree.content
    texts = [*(text for _, text in node.sources), *node.overrides]
    has_signs = not node.sources or any(SIGN in text for text in texts)
    if not isinstance(content, dict):
        return node
    if not has_signs and not {VARIABLES, BLOCKS} & content.keys():
        return node
    # Most configs have neither, and a light command counts its milliseconds.
    from dlrun.config.expansion import expanded

    return expanded(node, layer_kinds(), may_be_unused=may_be_unused)
