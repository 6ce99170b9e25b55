"""What commands print on a terminal of few columns."""

from __future__ import annotations

import itertools
import sys

import pytest

from dlrun.cli.app import run

CONFIG = (
    "name: large\n"
    "data:\n"
    "  inline: {{features: [[1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7], [7, 8]], "
    "labels: [100000, 200000, 310000, 400000, 520000, 610000, {last}]}}\n"
    "model: {{layers: [{{Dense: 1}}]}}\n"
    "compile: {{loss: mse}}\n"
)


@pytest.fixture
def narrow(monkeypatch, capsys):
    """Run a command on a terminal of so many columns; what it printed, line by line."""

    def lines(width, *words):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("NO_COLOR", "1")
        for stream in (sys.stdout, sys.stderr):
            monkeypatch.setattr(stream, "isatty", lambda: True)
        run([*words])
        told = capsys.readouterr()
        return (told.out + told.err).splitlines()

    return lines


@pytest.mark.parametrize("width", [60, 80])
def test_a_diagnosis_is_broken_between_words(narrow, tmp_path, width):
    rows = [f"{n},{1 / n:.4f},{0.5 + abs(n - 4) / 10:.4f}" for n in range(1, 21)]
    file = tmp_path / "history.csv"
    file.write_text("\n".join(["epoch,train_loss,val_loss", *rows, ""]))

    lines = narrow(width, "diagnose", str(file))

    sentences = [line for line in lines if str(file) not in line]
    assert max(map(len, sentences)) <= width
    assert any("OVERFITTING" in line for line in lines)


@pytest.mark.parametrize("width", [60, 80])
def test_a_mistake_far_right_is_marked_where_it_is(narrow, tmp_path, width):
    file = tmp_path / "a.yaml"
    file.write_text(CONFIG.format(last="many"))

    lines = narrow(width, "validate", "--data", str(file))

    text, caret = next(pair for pair in itertools.pairwise(lines) if "^" in pair[1])
    assert len(text) <= width
    assert text[caret.index("^") : caret.rindex("^") + 1] == "many"


def test_a_concise_problem_stays_in_its_line(narrow, tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(CONFIG.format(last="many"))

    lines = narrow(60, "--format", "concise", "validate", "--data", str(file))

    (line,) = (line for line in lines if "invalid-label" in line)
    assert line.endswith(
        "(help: this loss predicts numbers; for classes use a crossentropy)"
    )


def test_what_a_comparison_proposes_can_be_pasted(narrow, make_run):
    rising = (0.9, 0.5, *(0.4 + epoch / 20 for epoch in range(18)))
    folder = make_run("a_run_of_a_long_name-001", rising)

    lines = narrow(60, "compare", str(folder.path))

    start = next(at for at, line in enumerate(lines) if "dlrun train" in line)
    command = [lines[start]]
    while command[-1].endswith(" \\"):
        command.append(lines[start + len(command)])
    assert len(command) > 1
    assert command[-1].lstrip().startswith("-")


def confused(count, name):
    """What was measured on rows of classes, each of which is taken for the next."""
    import numpy as np

    from dlrun.training import OutputEvaluation

    classes = tuple(name.format(number) for number in range(count))
    confusion = np.eye(count, dtype=int) * 9 + np.roll(np.eye(count, dtype=int), 1, 1)
    return OutputEvaluation(classes=classes, confusion=confusion)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("count", "name", "last"),
    [
        (3, "class_{}", "class_2                 1        0        9"),
        (12, "a_class_with_a_long_name_{}", "12 a_class_with_a_lo…  1  0"),
        (40, "a_class_with_a_long_name_{}", "all counts: --json"),
    ],
)
def test_what_is_taken_for_what_fits_a_narrow_terminal(monkeypatch, count, name, last):
    from dlrun.cli.evaluate import _tables

    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    figures, confusion = _tables(confused(count, name))

    assert max(map(len, [*figures, *confusion])) <= 60
    assert last in " ".join(confusion)


@pytest.mark.heavy
def test_a_pipe_gets_every_name_whole(monkeypatch):
    from dlrun.cli.evaluate import _tables

    _, confusion = _tables(confused(12, "a_class_with_a_long_name_{}"))

    assert confusion[0].split()[-1] == "a_class_with_a_long_name_11"
