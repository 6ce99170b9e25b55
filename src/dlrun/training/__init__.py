"""Live objects -> a finished run, and what a trained model is asked. Heavy."""

from __future__ import annotations

from dlrun.engines import import_keras

import_keras()  # before any module below imports Keras by itself

from dlrun.training.decode import Decoded, Predictions  # noqa: E402
from dlrun.training.ensemble import (  # noqa: E402
    count_trained,
    evaluate_together,
    predict_together,
)
from dlrun.training.evaluation import Evaluation, OutputEvaluation  # noqa: E402
from dlrun.training.moved import reading_data  # noqa: E402
from dlrun.training.resume import DataChangedError, resume  # noqa: E402
from dlrun.training.train import start_run, train  # noqa: E402
from dlrun.training.trained import (  # noqa: E402
    PartName,
    Trained,
    open_trained,
    read_part,
)
from dlrun.training.verify import Verification, verify  # noqa: E402

__all__ = [
    "DataChangedError",
    "Decoded",
    "Evaluation",
    "OutputEvaluation",
    "PartName",
    "Predictions",
    "Trained",
    "Verification",
    "count_trained",
    "evaluate_together",
    "open_trained",
    "predict_together",
    "read_part",
    "reading_data",
    "resume",
    "start_run",
    "train",
    "verify",
]
