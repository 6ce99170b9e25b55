from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from dlrun.diagnosis import diagnose
from dlrun.runs import RecordedDiagnosis
from dlrun.runs.reading import parse_object

FILE = Path(__file__).parent / "histories.jsonl.gz"
HEALTHY = "GOOD_FIT"
NOT_RECORDED = "underfit_l2"
"""Its fault, a strong penalty on the weights, is not in the recording."""


@pytest.fixture(scope="module")
def cases() -> list[dict]:
    lines = gzip.decompress(FILE.read_bytes()).decode().splitlines()
    return [json.loads(line) for line in lines]


SMALL_DATA = "overfit_small_data"
"""Of some of its runs only the accuracies part, which is no overfitting."""


def accepted(case: dict) -> set[str]:
    is_small = case["name"].startswith(SMALL_DATA)
    return {*case["accepted"], *(["GENERALIZATION_GAP"] if is_small else [])}


def verdict(case: dict) -> str:
    return diagnose(case["history"], case["probe"], case["facts"]).verdict


def test_95_of_100_runs_get_an_accepted_verdict(cases):
    judged = [case for case in cases if not case["name"].startswith(NOT_RECORDED)]

    right = [verdict(case) in accepted(case) for case in judged]

    assert len(right) == 84
    assert sum(right) / len(right) >= 0.95


def test_no_healthy_run_is_flagged(cases):
    healthy = [case for case in cases if HEALTHY in case["accepted"]]

    found = {verdict(case) for case in healthy}

    assert len(healthy) == 9
    assert found == {HEALTHY}


def test_a_diagnosis_reads_back_from_json_as_itself(cases):
    for case in cases:
        found = diagnose(case["history"], case["probe"], case["facts"])

        written = json.dumps(found.to_values())

        record = RecordedDiagnosis.read(parse_object(Path("diagnosis.json"), written))
        again = type(found).from_record(record)

        assert again == found
