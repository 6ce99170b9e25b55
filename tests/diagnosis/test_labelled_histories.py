from __future__ import annotations

import json
from pathlib import Path

from dlrun.diagnosis import diagnose
from dlrun.runs import RecordedDiagnosis
from dlrun.runs.reading import parse_object

HEALTHY = "GOOD_FIT"
NOT_RECORDED = "underfit_l2"
"""Its fault, a strong penalty on the weights, is not in the recording."""


SMALL_DATA = "overfit_small_data"
"""Of some of its runs only the accuracies part, which is no overfitting."""


def accepted(case: dict) -> set[str]:
    is_small = case["name"].startswith(SMALL_DATA)
    return {*case["accepted"], *(["GENERALIZATION_GAP"] if is_small else [])}


def verdict(case: dict) -> str:
    return diagnose(case["history"], case["probe"], case["facts"]).verdict


def test_95_of_100_runs_get_an_accepted_verdict(labelled):
    judged = [case for case in labelled if not case["name"].startswith(NOT_RECORDED)]

    right = [verdict(case) in accepted(case) for case in judged]

    assert len(right) == 84
    assert sum(right) / len(right) >= 0.95


def test_no_healthy_run_is_flagged(labelled):
    healthy = [case for case in labelled if HEALTHY in case["accepted"]]

    found = {verdict(case) for case in healthy}

    assert len(healthy) == 9
    assert found == {HEALTHY}


def test_a_diagnosis_reads_back_from_json_as_itself(labelled):
    for case in labelled:
        found = diagnose(case["history"], case["probe"], case["facts"])

        written = json.dumps(found.to_values())

        record = RecordedDiagnosis.read(parse_object(Path("diagnosis.json"), written))
        again = type(found).from_record(record)

        assert again == found
