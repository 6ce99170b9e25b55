"""In the suite, a warning is an error where dlrun or a test is to blame for it."""

from __future__ import annotations

import warnings

import pytest

ABOUT_CODE = [DeprecationWarning, PendingDeprecationWarning, FutureWarning]


def warn_in(module: str, category: type[Warning]) -> None:
    """Warn as code of a module does."""
    code = "warnings.warn('as of a newer Python', category)"
    exec(code, {"__name__": module, "warnings": warnings, "category": category})


@pytest.mark.parametrize("category", ABOUT_CODE)
@pytest.mark.parametrize("module", ["ast", "gast.astn", "keras.src.ops", "dlrunner"])
def test_what_is_to_change_in_code_of_others_fails_no_test(module, category):
    warn_in(module, category)


@pytest.mark.parametrize("category", [*ABOUT_CODE, UserWarning, ResourceWarning])
@pytest.mark.parametrize("module", ["dlrun", "dlrun.cli.app", "tests.cli.test_app"])
def test_what_is_to_change_in_code_of_dlrun_is_an_error(module, category):
    with pytest.raises(category, match="as of a newer Python"):
        warn_in(module, category)


def test_a_test_is_known_by_its_name():
    assert __name__.startswith("tests.")


def test_other_warnings_of_others_are_errors():
    with pytest.raises(RuntimeWarning):
        warn_in("numpy", RuntimeWarning)
