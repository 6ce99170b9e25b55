from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # machines are busy at times
settings.load_profile("patient")

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden files with what the code says now; review the diff",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with a golden file, or rewrite the file on --update-golden."""
    is_update = request.config.getoption("--update-golden")

    def compare(file: Path, text: str) -> None:
        if is_update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8")
        assert file.exists(), f"{file} is missing; pytest --update-golden writes it"
        assert text + "\n" == file.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heard():
    """A build server may start tests with signals that are ignored, as nohup does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
