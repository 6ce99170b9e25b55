"""What becomes of a column of a table is a setting, told by its encoders."""

from __future__ import annotations

import json

from dlrun.comparison import compare
from dlrun.comparison.settings.difference import find_settings, fold

SCALE = {"scale": {"method": "standard"}}
IMPUTE = {"impute": {"method": "median", "value": None, "indicator": False}}


def settings(*columns):
    configs = [{"data": {"columns": one} if one else {}} for one in columns]
    found = find_settings(configs, frozenset())
    return {setting.path: (setting.head, values) for setting, values in found.items()}


def test_a_column_shows_the_encoder_that_differs():
    one = {"age": [SCALE], "Sepal.Length": [IMPUTE, SCALE]}
    other = {"age": [{"scale": {"method": "minmax"}}], "Sepal.Length": [SCALE]}

    assert settings(one, other) == {
        "data.columns.age.scale": ("age.scale", ("standard", "minmax")),
        'data.columns["Sepal.Length"].impute': (
            '["Sepal.Length"].impute',
            ("median", "none"),
        ),
    }


def test_a_column_that_only_one_config_encodes_is_absent_in_the_other():
    assert settings({"age": [SCALE]}, None) == {
        "data.columns.age": ("age", ("scale standard", "absent"))
    }
    assert settings({"Age": [SCALE]}, {"Sex": [IMPUTE]}) == {
        "data.columns.Age": ("Age", ("scale standard", "absent")),
        "data.columns.Sex": ("Sex", ("absent", "impute median")),
    }


def test_the_width_that_follows_from_columns_is_no_setting_of_its_own():
    configs = [
        {"data": {"columns": columns}, "model": {"input_shape": [width]}}
        for columns, width in (({"age": [SCALE]}, 1), ({"age": [IMPUTE]}, 2))
    ]

    found = find_settings(configs, frozenset())

    assert [setting.path for setting in found] == ["data.columns.age"]  # of two
    for config in configs:
        config["data"] = {}
    found = find_settings(configs, frozenset())
    assert [setting.path for setting in found] == ["model.input_shape[0]"]


def test_two_encoders_that_differ_are_told_as_they_stand():
    one, other = [IMPUTE, SCALE], [{"one_hot": {"unknown": "ignore"}}]

    assert settings({"age": one}, {"age": other}) == {
        "data.columns.age": (
            "age",
            ("impute median, scale standard", "one_hot unknown=ignore"),
        )
    }
    assert settings({"age": [IMPUTE, SCALE]}, {"age": [SCALE, IMPUTE]}) == {
        "data.columns.age": (
            "age",
            ("impute median, scale standard", "scale standard, impute median"),
        )
    }


def test_one_change_of_many_columns_is_one_setting():
    names = [f"c{number}" for number in range(9)]
    scaled, plain = (dict.fromkeys(names, chain) for chain in ([SCALE], ["number"]))
    configs = [{"data": {"columns": one}} for one in (scaled, plain)]
    found = find_settings(configs, frozenset())
    groups = [
        {setting.path: values[place] for setting, values in found.items()}
        for place in range(2)
    ]

    folded = fold([*found], groups, frozenset())

    assert [(one.head, groups[0][one.path], groups[1][one.path]) for one in folded] == [
        ("scale (x9)", "standard", "none")
    ]


def test_patterns_and_defaults_are_told_by_the_columns_that_a_run_has(make_run):
    patterns = {"*_mm": [SCALE], "age": [IMPUTE], "year": ["drop"]}
    listed = {"bill_mm": [SCALE], "wing_mm": [SCALE], "year": ["drop"]}
    names = ["bill_mm", "wing_mm", "age", "mass"]
    prepared = {"task": "regression", "row_shape": [4], "feature_names": names}
    folders = []
    for data in ({"columns": patterns, "scale": "minmax"}, {"columns": listed}):
        folder = make_run(f"run-{len(folders)}", config={"data": data})
        (folder.path / "preprocessing.json").write_text(json.dumps(prepared))
        folders.append(folder)

    compared = sorted(compare(folders).rows, key=lambda row: row.run)

    first, second = (row.settings for row in compared)
    assert {path: (first[path], second[path]) for path in first} == {
        "data.columns.age.impute": ("median", "none"),
        "data.columns.mass.scale": ("minmax", "none"),
    }


def test_a_pattern_holds_for_no_column_that_a_table_lacks(make_run):
    folders = []
    for names in (["age", "mass"], ["age", "wing"]):
        columns = {"*": [SCALE], "no*": ["drop"]}
        folder = make_run(f"run-{names[1]}", config={"data": {"columns": columns}})
        prepared = {"task": "regression", "row_shape": [2], "feature_names": names}
        (folder.path / "preprocessing.json").write_text(json.dumps(prepared))
        folders.append(folder)

    rows = sorted(compare(folders).rows, key=lambda row: row.run)

    first, second = (row.settings for row in rows)
    assert {path: (first[path], second[path]) for path in first} == {
        "data.columns.mass": ("scale standard", "absent"),
        "data.columns.wing": ("absent", "scale standard"),
    }


def test_labels_are_told_by_what_makes_them():
    tags = {"multi_hot": {"column": "tags", "separator": ";", "missing": "error"}}
    configs = [{"data": {"csv": {"labels": one}}} for one in (tags, "genre")]

    found = find_settings(configs, frozenset())

    assert [*found.values()] == [("multi_hot tags", "genre")]
