"""Every config of configs/tables/: trained, killed, resumed, verified, and asked.

Each is trained once; at the end of its third epoch its folder is copied, which is what
a kill at that instant leaves behind.
"""

from __future__ import annotations

import csv
import json
import shutil
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from dlrun.cli.app import run
from dlrun.experiment import parse_spec, read_config
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[2]
CONFIGS = {path.stem: path for path in (ROOT / "configs/tables").glob("*.yaml")}
KILLED_AFTER = 3


@dataclass(frozen=True)
class Case:
    """What is known of a config."""

    score: str
    least: float
    """What it must reach on validation rows; TABLES.md has what it does reach."""
    new: str
    """Rows of a new file: columns in another order, gaps, categories never seen."""
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Cells of `new`, what stands in their place, and what is said of it then."""


CASES = {
    "cars": Case(
        "val_r2_score", 0.75,
        "Origin,Horsepower,Year,Displacement,Cylinders,Acceleration,Weight_in_lbs\n"
        "Japan,,1982-01-01,97,4,15,2100\n"
        "USA,150,1970-01-01,310,8,12,3500\n",
        {
            "Japan": ("Mars", 'column "Origin" has the category "Mars"'),
            "1982-01-01": ("1982", 'column "Year" has "1982", which is not a date'),
        },
    ),
    "diamonds": Case(
        "val_r2_score", 0.93,
        "color,clarity,carat,depth,table,x,y,z,cut\n"
        "D,IF,1,61,56,6.4,6.4,4,Ideal\n",
        {"Ideal": ("Awful", 'column "cut" has the category "Awful"')},
    ),
    "digits_images": Case(
        "val_accuracy", 0.85,
        "ink,image\n"
        "294,digits_images/0/00.png\n"
        "280,digits_images/1/01.png\n",
        {"digits_images/1/01.png": ("none.png", 'is not there: none.png')},
    ),
    "glosses": Case(
        "val_accuracy", 0.7,
        "gloss\n"
        "a large striped cat that eats other animals\n"
        "tool for tightening zyzzyvas\n",
        {"tool for tightening zyzzyvas": ('""', 'column "gloss" has 1 gap')},
    ),
    "nouns": Case(
        "val_accuracy", 0.7,
        "depth,word,gloss,narrower,parts,senses,synonyms\n"
        "12,tiger,a large striped cat,3,0,2,1\n"
        "8,wrench,hand tool for turning nuts,4,0,5,2\n",
        {"hand tool for turning nuts": ("", 'column "gloss" has 1 gap')},
    ),
    "penguins": Case(
        "val_accuracy", 0.9,
        "sex,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g\n"
        ",Biscoe,47,,211,NA\n",
    ),
    "seattle_weather": Case(
        "val_r2_score", 0.65,
        "weather,date,wind,precipitation\n"
        "hail,2016/07/01,2,0\n"
        ",2016/01/01,3,9.5\n",
    ),
    "verbs": Case(
        "val_accuracy", 0.82,
        "domain,gloss\n"
        "motion,run very fast\n"
        "juggling,\n"
        ",give to someone\n",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """Where runs and new files are; paths in tables lead from here to images."""
    directory = tmp_path_factory.mktemp("tables")
    (directory / "digits_images").symlink_to(ROOT / "datasets/digits_images")
    return directory


@pytest.fixture(scope="module")
def trained(directory):
    """Of the name of a config its run, and a copy as a kill would have left it."""
    from dlrun.engines import KerasDoor
    from dlrun.progress import Progress
    from dlrun.rows import read_rows
    from dlrun.training import start_run, train

    class Copying(Progress):
        def __init__(self, folder):
            self.folder = folder

        def epoch(self, row):
            if row["epoch"] == KILLED_AFTER:
                copy = directory / "killed" / self.folder.name
                shutil.copytree(self.folder.path, copy)

    known = {}

    def find(name):
        if name not in known:
            node = read_config(CONFIGS[name], ["fit.checkpoint_seconds=0"])
            experiment, parts = read_rows(parse_spec(node), KerasDoor())
            folder = start_run(node, experiment, directory / "runs")
            train(experiment, parts, folder, Copying(folder))
            known[name] = folder, RunFolder(directory / "killed" / folder.name)
        return known[name]

    return find


@pytest.fixture(params=sorted(CONFIGS))
def name(request, directory, monkeypatch):
    monkeypatch.chdir(directory)
    return request.param


def told(capsys, *arguments):
    capsys.readouterr()
    code = run(list(map(str, arguments)))
    return code, *capsys.readouterr()


def test_a_config_learns(trained, name):
    folder, _ = trained(name)

    assert folder.metrics().best[CASES[name].score] >= CASES[name].least


def test_a_killed_run_goes_on_as_if_nothing_had_happened(trained, name, capsys):
    whole, killed = trained(name)
    assert killed.status().state == "interrupted"

    code, _, _ = told(capsys, "resume", killed.path, "-q")

    assert code == 0
    histories = [one.history()["weights_sha256"] for one in (whole, killed)]
    assert histories[0] == histories[1]
    files = [one.predictions_file.read_bytes() for one in (whole, killed)]
    assert files[0] == files[1]


def test_a_run_is_trained_again_to_the_bit(trained, name, capsys):
    folder, _ = trained(name)

    code, out, _ = told(capsys, "verify", folder.path, "-q")

    assert code == 0
    assert "identical" in out


def test_a_file_of_the_validation_rows_gives_the_numbers_of_the_run(
    trained, name, capsys, directory
):
    folder, _ = trained(name)
    ((source, options),) = (
        (key, value)
        for key, value in folder.config()["data"].items()
        if key in {"csv", "parquet"} and value
    )
    table = Path(options["path"])
    with table.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    ids = folder.split().parts["validation"].ids
    column = options.get("ids")
    by_id = {
        row[header.index(column)] if column else number: row
        for number, row in enumerate(rows)
    }
    copy = directory / f"{name}.csv"
    with copy.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(by_id[one] for one in ids)])

    code, out, _ = told(capsys, "evaluate", folder.path, "--json", "--data", copy)

    assert source == "csv"
    assert code == 0
    best = folder.metrics().best
    for metric, value in json.loads(out)["metrics"].items():
        assert value == pytest.approx(best[f"val_{metric}"], rel=1e-5)


def test_a_new_file_is_predicted(trained, name, capsys, directory):
    folder, _ = trained(name)
    file = directory / f"new_{name}.csv"
    file.write_text(CASES[name].new, "utf-8")

    code, out, err = told(capsys, "predict", folder.path, "--data", file)

    assert (code, err) == (0, "")
    assert len(out.splitlines()) == len(CASES[name].new.splitlines())


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].refused])
def test_cells_that_do_not_fit_are_told(trained, name, capsys, directory):
    folder, _ = trained(name)
    case = CASES[name]
    file = directory / f"strange_{name}.csv"
    text = case.new
    for cell, (instead, _) in case.refused.items():
        text = text.replace(cell, instead)
    file.write_text(text, "utf-8")

    code, out, err = told(capsys, "predict", folder.path, "--data", file)

    assert (code, out) == (3, "")
    assert all(words in err for _, words in case.refused.values())


def test_seeds_of_a_config_divide_its_rows_anew_unless_time_does(
    name, capsys, directory
):
    root = directory / "seeds"
    words = ["--seeds", 2, "--runs", root, "-q", "-s", "fit.epochs=1"]

    code, _, _ = told(capsys, "train", CONFIGS[name], *words)

    assert code == 0
    runs = [RunFolder(path) for path in sorted(root.glob(f"{name}-*"))]
    parts = [one.split().parts["validation"].sha256 for one in runs]
    are_drawn = "time" not in CONFIGS[name].read_text("utf-8").split("columns:")[0]
    assert len(set(parts)) == (2 if are_drawn else 1)


def test_processes_share_the_seeds_of_a_config(capsys, directory):
    words = ["--seeds", 2, "--jobs", 2, "-q", "-s", "fit.epochs=1"]

    with chdir(directory):
        code, _, _ = told(capsys, "train", CONFIGS["nouns"], *words, "--runs", "jobs")

    assert code == 0
    shared = [RunFolder(path) for path in sorted(directory.glob("jobs/nouns-*"))]
    alone = [RunFolder(path) for path in sorted(directory.glob("seeds/nouns-*"))]
    histories = [
        sorted(one.history()["weights_sha256"] for one in runs)
        for runs in (shared, alone)
    ]
    assert histories[0] == histories[1]


def test_rows_without_labels_are_pseudo_labelled(capsys, directory):
    values = {
        "extends": str(CONFIGS["penguins"]),
        "name": "few_penguins",
        "data": {"split": {"validation": 0.2, "test": 0.3, "train": 0.1}},
        "fit": {"epochs": 10},
        "pseudo_label": {"unlabelled": "rest", "rounds": 1},
    }
    (directory / "few.yaml").write_text(yaml.safe_dump(values))

    with chdir(directory):
        code, out, _ = told(capsys, "train", "few.yaml", "-q")
        checked, verified, _ = told(capsys, "verify", "few_penguins", "-q")

    assert (code, checked) == (0, 0)
    assert "identical" in verified
    rounds = RunFolder(directory / "runs/few_penguins-001").metrics().rounds
    assert rounds.baseline["test_accuracy"] > 0.6
    assert out
