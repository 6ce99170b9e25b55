"""A model drawn: its layers from the input down, as text or as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from dlrun.components.layers import shape_text
from dlrun.describe.folding import ModelRow
from dlrun.writing import display_width, escaped, printable

if TYPE_CHECKING:
    from dlrun.components.layers import Shape
    from dlrun.experiment import Experiment

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_LINES = {
    0: " ", _UP: "│", _DOWN: "│", _UP | _DOWN: "│", _LEFT | _RIGHT: "─",
    _UP | _RIGHT: "└", _UP | _LEFT: "┘", _DOWN | _RIGHT: "┌", _DOWN | _LEFT: "┐",
    _UP | _DOWN | _RIGHT: "├", _UP | _DOWN | _LEFT: "┤",
    _UP | _LEFT | _RIGHT: "┴", _DOWN | _LEFT | _RIGHT: "┬",
    _UP | _DOWN | _LEFT | _RIGHT: "┼",
}  # fmt: skip
_PLAIN = str.maketrans("│─└┘┌┐├┤┴┬┼●", "|-\\/,.|||++*")

_ROW, _LANE, _BOX, _LETTER = 46, 24, 28, 7.3
"""Pixels of the picture: of a row, a lane, a box, and the width of a letter."""
_SPACE = 'xmlns="http://www.w3.org/2000/svg" xml:space="preserve"'


@dataclass(frozen=True, slots=True)
class _Node:
    """A row of the model and the lanes beside it: a lane carries one output down."""

    row: ModelRow
    lane: int
    before: tuple[int, ...]
    """The lanes that come from above."""
    taken: tuple[int, ...]
    """Those whose output the row takes."""
    after: tuple[int, ...]
    """The lanes that go on below, that of the row included if something takes it."""


def graph_text(
    experiment: Experiment, rows: Sequence[ModelRow], *, is_plain: bool = False
) -> str:
    """Draw a model as lines of text.

    Args:
        experiment: of the model.
        rows: its layers.
        is_plain: whether only ASCII can be shown.
    """
    nodes = _nodes([*_inputs(experiment, rows), *rows])
    width = 1 + max(max((node.lane, *node.before)) for node in nodes)
    lines: list[str] = []
    for node in nodes:
        lines += _joining(node, width)
        own = {lane: _UP | _DOWN for lane in node.after if lane in node.before}
        cells = [_LINES[own.get(lane, 0)] for lane in range(width)]
        cells[node.lane] = "●"
        lines.append(f"{' '.join(cells)}  {_words(node.row)}".rstrip())
    text = "\n".join(lines)
    return text.translate(_PLAIN) if is_plain else text


def graph_svg(experiment: Experiment, rows: Sequence[ModelRow]) -> str:
    """Draw a model as a picture that stands alone: no script, nothing from outside."""
    nodes = _nodes([*_inputs(experiment, rows), *rows])
    lanes = 1 + max(node.lane for node in nodes)
    words = [printable(_words(node.row)) for node in nodes]
    left = _LANE * (lanes + 1)
    width = left + round(_LETTER * max(display_width(text) for text in words)) + 24
    height = _ROW * len(nodes) + 12
    name, count = experiment.spec.name, experiment.parameters
    title = escape(printable(f"{name}: {count:,} parameters"))
    box = f'viewBox="0 0 {width} {height}" role="img"'
    shade = f'width="{width - left}" height="{_BOX}" rx="4" fill="#f3f4f6"'
    places = {node.row.name: (node.lane, place) for place, node in enumerate(nodes)}
    parts = [
        f'<svg {_SPACE} width="{width}" height="{height}" {box} aria-label="{title}">',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        '<g fill="none" stroke="#6b7280" stroke-width="1.5">',
        *(
            _edge(places[source], (node.lane, place))
            for place, node in enumerate(nodes)
            for source in node.row.sources
        ),
        "</g>",
        '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">',
    ]
    for place, (node, text) in enumerate(zip(nodes, words, strict=True)):
        x, y = _center(node.lane, place)
        parts += [
            f'<circle cx="{x}" cy="{y}" r="5" fill="#1d4ed8"/>',
            f'<rect x="{left - 8}" y="{y - _BOX // 2}" {shade}/>',
            f'<text x="{left}" y="{y + 4}" fill="#111827">{escape(text)}</text>',
        ]
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _inputs(experiment: Experiment, rows: Sequence[ModelRow]) -> list[ModelRow]:
    """A row per input: what layers take that no layer gives."""
    made = {layer.name for layer in experiment.layers} | {row.name for row in rows}
    shapes: dict[str, Shape] = {}
    for layer in experiment.layers:
        for name, shape in zip(layer.sources, layer.input_shapes, strict=True):
            if name not in made:
                shapes.setdefault(name, shape)
    return [ModelRow(name, name, "", shape, 0, ()) for name, shape in shapes.items()]


def _nodes(rows: Sequence[ModelRow]) -> list[_Node]:
    """Give each row a lane: that of what it takes last, else the first free one."""
    waiting = Counter(name for row in rows for name in row.sources)
    lanes: dict[int, str] = {}
    nodes: list[_Node] = []
    for row in rows:
        before = tuple(sorted(lanes))
        taken = tuple(lane for lane in before if lanes[lane] in row.sources)
        waiting.subtract(row.sources)
        for lane in taken:
            if not waiting[lanes[lane]]:
                del lanes[lane]
        ended = [lane for lane in taken if lane not in lanes]
        free = (lane for lane in range(len(lanes) + 1) if lane not in lanes)
        lane = ended[0] if ended else next(free)
        if waiting[row.name]:
            lanes[lane] = row.name
        nodes.append(_Node(row, lane, before, taken, tuple(sorted(lanes))))
    return nodes


def _joining(node: _Node, width: int) -> list[str]:
    """The line above a row in which lanes come together or part; none if none does."""
    others = [lane for lane in node.taken if lane != node.lane]
    if not others:
        return []
    sides = dict.fromkeys(range(width), 0)
    for lane in node.before:
        goes_on = lane in node.after and lane != node.lane
        sides[lane] |= _UP | (_DOWN if goes_on else 0)
    sides[node.lane] |= _DOWN
    low, high = min(node.lane, *others), max(node.lane, *others)
    ends = {*others, node.lane}
    for lane in ends:
        sides[lane] |= (_RIGHT if lane < high else 0) | (_LEFT if lane > low else 0)
    text = ""
    for lane in range(width):
        inside = low <= lane <= high
        crossed = inside and lane not in ends and not sides[lane]
        text += "─" if crossed else _LINES[sides[lane]]
        text += "─" if low <= lane < high else " "
    return [text.rstrip()]


def _words(row: ModelRow) -> str:
    """What is written beside a row."""
    parts = [row.name, row.kind, shape_text(row.output_shape)]
    parts += [f"{row.parameters:,} parameters"] if row.parameters else []
    return escaped("  ".join(part for part in parts if part))


def _center(lane: int, place: int) -> tuple[int, int]:
    return _LANE // 2 + _LANE * lane, 6 + _ROW // 2 + _ROW * place


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Down the lane of the output, and over to what takes it just above that."""
    x, y = _center(*start)
    to_x, to_y = _center(*end)
    if x == to_x:
        return f'<path d="M{x} {y}V{to_y}"/>'
    bend = to_y - _ROW // 2
    over = f"Q{x} {bend} {(x + to_x) // 2} {bend}Q{to_x} {bend} {to_x} {bend + 8}"
    return f'<path d="M{x} {y}V{bend - 8}{over}V{to_y}"/>'
