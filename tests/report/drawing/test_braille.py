from __future__ import annotations

from dlrun.comparison import Band, GroupCurves
from dlrun.report.drawing.braille import ASCII, BRAILLE, draw_charts
from dlrun.writing import display_width


def band(*values: float) -> Band:
    epochs = tuple(float(epoch) for epoch in range(1, len(values) + 1))
    return Band(epochs, (1,) * len(values), values, values, values)


def curves(*values: float, best=None, onset=None, train=None) -> GroupCurves:
    return GroupCurves(train, band(*values), best, onset)


def test_a_line_falls_from_the_left_above_to_the_right_below():
    lines = draw_charts(["a"], [curves(3.0, 2.0, 1.0)], 40, ASCII)

    assert lines[0].endswith("a")
    assert lines[1].startswith(" 3.000 *") or lines[1].startswith("3.000 *")
    assert lines[9].rstrip().endswith("*")
    assert lines[10].split() == ["1", "epoch", "3"]
    assert lines[-1].startswith("*** validation")


def test_the_best_epoch_is_marked_and_what_follows_the_onset_is_shaded():
    lines = draw_charts(["a"], [curves(3.0, 1.0, 2.0, 3.0, best=2, onset=3)], 40, ASCII)

    drawn = lines[1:10]
    assert sum(line.count("O") for line in drawn) == 1
    columns = [at for line in drawn for at, char in enumerate(line) if char == ":"]
    mark = next(line.index("O") for line in drawn if "O" in line)
    assert mark < min(columns)
    assert "O best epoch   : overfitting" in lines[-1]


def test_the_legend_calls_only_curves_of_validation_so():
    trained = GroupCurves(None, band(2.0, 1.0), 2.0, None, "train_loss")

    pair = (trained, curves(2.0, 1.0))
    legends = [draw_charts(["a"], [group], 40)[-1] for group in pair]

    assert [line.split()[1] for line in legends] == ["train_loss", "validation"]


def test_the_train_curve_is_dashed():
    flat = draw_charts(["a"], [curves(*[2.0] * 9, train=band(*[1.0] * 9))], 40, ASCII)

    bottom = flat[9]
    assert "..." in bottom
    assert ". ." in bottom or ".   ." in bottom


def test_all_charts_have_one_scale_and_stand_side_by_side():
    lines = draw_charts(
        ["low", "high"], [curves(1.0, 0.0), curves(3.0, 2.0)], 80, BRAILLE
    )

    assert lines[0].split() == ["low", "high"]
    assert "3.000" in lines[1]
    assert max(display_width(line) for line in lines) <= 80


def test_a_single_point_and_a_flat_line_are_drawn():
    for one in (curves(1.0, best=1), curves(0.0, 0.0)):
        lines = draw_charts(["a"], [one], 30, ASCII)

        assert any("O" in line or "*" in line for line in lines[1:10])


def test_nothing_to_draw_is_no_chart():
    assert draw_charts(["a"], [GroupCurves(None, None, None, None)], 80) == []


def test_a_narrow_terminal_puts_charts_below_each_other():
    lines = draw_charts(["a", "b"], [curves(1.0, 0.0)] * 2, 36, ASCII)

    assert len(lines) == 2 * 11 + 1
