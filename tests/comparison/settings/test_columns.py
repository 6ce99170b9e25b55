"""What becomes of a column of a table is a setting, told by its encoders."""

from __future__ import annotations

from dlrun.comparison.settings.difference import find_settings

SCALE = {"scale": {"method": "standard"}}
IMPUTE = {"impute": {"method": "median", "value": None, "indicator": False}}


def settings(*columns):
    configs = [{"data": {"columns": one} if one else {}} for one in columns]
    found = find_settings(configs, frozenset())
    return {setting.path: (setting.head, values) for setting, values in found.items()}


def test_a_column_shows_its_encoders():
    one = {"age": [SCALE], "Sepal.Length": [IMPUTE, SCALE]}
    other = {"age": [{"scale": {"method": "minmax"}}], "Sepal.Length": [SCALE]}

    assert settings(one, other) == {
        "data.columns.age": ("age", ("scale standard", "scale minmax")),
        'data.columns["Sepal.Length"]': (
            '["Sepal.Length"]',
            ("impute median, scale standard", "scale standard"),
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

    assert [setting.path for setting in found] == ["data.columns.age"]
    for config in configs:
        config["data"] = {}
    found = find_settings(configs, frozenset())
    assert [setting.path for setting in found] == ["model.input_shape[0]"]
