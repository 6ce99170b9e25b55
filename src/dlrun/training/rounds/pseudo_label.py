"""Semi-supervised training: rounds of `train_from` on rows that the model has labelled.

Round 0 is the supervised baseline. What a further round trains on is a function of what
the model of the round before has said of the unlabelled rows, and that is on the disk:
so a run that stops in any round goes on as if it had not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dlrun.components.transforms import one_hot
from dlrun.data import Array, only_array, only_name
from dlrun.diagnosis import diagnose_run
from dlrun.engines.shared import build_engine
from dlrun.errors import RunError
from dlrun.interruption import stop_if_asked
from dlrun.runs import RoundFigures, RoundsResult, round_of
from dlrun.training.decode import decode
from dlrun.training.fit import train_from
from dlrun.training.outcome import with_looks
from dlrun.training.rounds.figures import (
    NOTHING,
    Selection,
    baseline_warnings,
    selected_table,
    selection_figures,
    validation_figures,
)
from dlrun.training.rounds.round import Round
from dlrun.training.rounds.selection import (
    Mixture,
    Numbers,
    Opinion,
    opinion,
    select,
    share_of_change,
)
from dlrun.writing import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from dlrun.data import Dataset
    from dlrun.engines import Engine
    from dlrun.experiment import Experiment
    from dlrun.experiment.pseudo_label import PseudoLabelSpec, StopSpec
    from dlrun.rows import Parts, Pool
    from dlrun.runs import Metrics, RoundFolder, RunFolder, Summary
    from dlrun.training.prepared import Prepared


def train_rounds(prepared: Prepared, summary: Summary) -> Metrics:
    """Train the rounds of a run that are not there yet, and keep the best.

    What the folder has of whole rounds and of checkpoints is gone on with.

    Returns:
        The metrics of the run: those of the kept round, the baseline and the gain.

    Raises:
        DlrunError: when a round fails or diverges.
        Interrupted: when a person or the system stops it.
    """
    spec, pool = prepared.spec.pseudo_label, prepared.parts.unlabelled
    assert spec is not None  # noqa: S101 - whoever calls has looked
    assert pool is not None  # noqa: S101 - read for this section
    rounds = _Rounds(prepared, summary, spec, pool)
    figures = [rounds.train(0, NOTHING, NOTHING)]
    before, reason = NOTHING, None
    for number in range(1, spec.rounds + 1):
        chosen = rounds.select(number)
        reason = _reason_to_stop(spec.stop, figures, before, chosen)
        if reason is not None:
            break
        figures.append(rounds.train(number, chosen, before))
        before = chosen
    return rounds.finish(figures, reason or f"all {spec.rounds} rounds are over")


def _reason_to_stop(
    stop: StopSpec,
    figures: Sequence[RoundFigures],
    before: Selection,
    chosen: Selection,
) -> str | None:
    """Why no further round is trained; `None`: one is."""
    if not len(chosen.rows):
        return "no row was labelled with enough confidence"
    losses = [figure.val_loss for figure in figures]
    waited = len(losses) - 1 - losses.index(min(losses))
    if waited >= stop.patience:
        return f"the validation loss has not improved for {waited} rounds"
    change = share_of_change(before.as_dict(), chosen.as_dict())
    if change < stop.min_new:
        return f"only {100 * change:.2g} % of the selected rows are new"
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _Rounds:
    """What all rounds of a run have in common."""

    prepared: Prepared
    summary: Summary
    spec: PseudoLabelSpec
    pool: Pool

    @property
    def experiment(self) -> Experiment:
        return self.prepared.experiment

    @property
    def parts(self) -> Parts:
        return self.prepared.parts

    @property
    def folder(self) -> RunFolder:
        """That of the run, in which the rounds have theirs."""
        return self.prepared.folder

    @property
    def classes(self) -> tuple[str, ...]:
        return next(iter(self.parts.train.classes.values()), ())

    def _said(self, number: int) -> Opinion:
        """What the model of a round says of the pool."""
        labels, confidence = round_of(self.folder, number).pool(self.classes)
        if len(labels) != len(self.pool.rows):
            message = f"round {number} of {self.folder.name} lacks unlabelled rows"
            raise RunError(message, hint="train the run again")
        return Opinion(np.array(labels, dtype=np.int32), np.array(confidence))

    def select(self, number: int) -> Selection:
        """What a round trains on, by what the model of the one before says."""
        said = self._said(number - 1)
        counts = list(self.parts.train.class_counts().values())
        rows = select(said, self.spec, number, np.array(counts, dtype=np.int64))
        return Selection(rows, said.labels[rows], said.confidence[rows])

    def train(self, number: int, chosen: Selection, before: Selection) -> RoundFigures:
        """Train a round, or what is missing of it; return its figures."""
        folder = round_of(self.folder, number)
        if folder.is_whole:
            return folder.figures()
        stop_if_asked()
        start = folder.find_checkpoint().checkpoint
        if start is None:
            folder.start_over()
            if number:
                table = selected_table(self.pool, self.classes, number, chosen)
                folder.write_selected(*table)
        else:
            folder.return_to(start)
        words = "the supervised baseline"
        if number:
            words = f"{len(chosen.rows):,} of {len(self.pool.rows):,} unlabelled rows, "
            words += f"mean confidence {chosen.confidence.mean():.3f}"
        self.prepared.progress.round(number, self.spec.rounds, words)
        parts, part_of = self._material(number, chosen)
        afterwards = partial(self._leave_opinion, chosen, before, folder)
        part_of = replace(part_of, afterwards=afterwards)
        prepared = replace(self.prepared, parts=parts, folder=folder)
        train_from(start, prepared, self.summary, part_of)
        return folder.figures()

    def _material(self, number: int, chosen: Selection) -> tuple[Parts, Round]:
        """The rows of a round, and how it differs from a run of its own."""
        if not number:
            return self.parts, Round()
        train = _joined(self.parts.train, self.pool.rows.take(chosen.rows), chosen)
        labelled, fit = len(self.parts.train), self.experiment.spec.fit
        order = Mixture(
            seed=self.experiment.spec.seed,
            labelled=labelled,
            rows=len(train),
            batch_size=fit.batch_size,
            share=self.spec.min_labelled_per_batch,
            shuffle=fit.shuffle,
        )
        weights = None
        if self.spec.weight != 1:
            weights = np.ones(len(train), dtype=np.float32)
            weights[labelled:] = self.spec.weight
        start = None
        if self.spec.retrain == "continue":
            start = _best_weights(round_of(self.folder, number - 1))
        return replace(self.parts, train=train), Round(order, weights, start)

    def _leave_opinion(
        self,
        chosen: Selection,
        before: Selection,
        folder: RoundFolder,
        engine: Engine,
        metrics: Metrics,
    ) -> None:
        """Keep what the next round and people need to know: then the round is whole."""
        validation = self.parts.validation
        assert validation is not None  # noqa: S101 - a rule asks for it
        truth = validation.class_indices()
        assert truth is not None  # noqa: S101 - another asks for classes
        figures = validation_figures(self._scores(engine, validation), truth)
        said = opinion(self._scores(engine, self.pool.rows), figures.temperature)
        names = [self.classes[label] for label in said.labels]
        ids, sure = self.pool.rows.ids, said.confidence.tolist()
        folder.write_pool(zip(ids, names, sure, strict=True))
        counts = self.parts.train.class_counts()
        changed = None
        if folder.number:
            old = self._said(folder.number - 1).labels
            changed = float((said.labels != old).mean())
        folder.write_figures(
            RoundFigures(
                number=folder.number,
                selection=selection_figures(self.pool, counts, chosen, before),
                labels_changed=changed,
                val_loss=metrics.best["val_loss"],
                validation=figures,
                best_epoch=metrics.best_epoch or 0,
                epochs=metrics.epochs or 0,
                seconds=metrics.seconds or 0.0,
                verdict=diagnose_run(folder).tag,
            )
        )

    def _scores(self, engine: Engine, rows: Dataset) -> Numbers:
        outputs = engine.predict(rows.features)
        classes = self.parts.train.classes
        decoded = decode(outputs, self.experiment.spec, classes, {}).only
        return decoded.values.astype(np.float64, copy=False)

    def finish(self, figures: Sequence[RoundFigures], reason: str) -> Metrics:
        """Make the best round that of the run, and say what it has gained."""
        scores = [figure.validation.accuracy for figure in figures]
        kept = max(range(len(scores)), key=lambda number: (scores[number], number))
        folder = round_of(self.folder, kept)
        folder.publish()
        baseline, best = _measures(figures[0]), _measures(figures[kept])
        if self.parts.test is not None:
            for measured, number in ((baseline, 0), (best, kept)):
                measured["test_accuracy"] = self._accuracy(number, self.parts.test)
        selection = figures[kept].selection
        rounds = RoundsResult(
            kept_round=kept,
            rounds=len(figures) - 1,
            ended=reason,
            baseline=baseline,
            kept=best,
            gain={name: best[name] - baseline[name] for name in baseline},
            warnings=tuple(baseline_warnings(figures[0].validation)),
            coverage=selection.coverage,
            precision=None if selection.truth is None else selection.truth.precision,
        )
        metrics = replace(
            folder.metrics(),
            test={"accuracy": best["test_accuracy"]} if self.parts.test else None,
            seconds=round(sum(figure.seconds for figure in figures), 6),
            rounds=rounds,
        )
        self.folder.write_metrics(with_looks(metrics, self.folder))
        if self.parts.test is not None:
            self.folder.count_test_look("train")
        return metrics

    def _accuracy(self, number: int, rows: Dataset) -> float:
        """How many rows the model of a round gets right."""
        summary = self.summary
        engine, _ = build_engine(
            self.experiment, jit=summary.jit, jit_evaluation=summary.jit_evaluation
        )
        engine.set_weights(_best_weights(round_of(self.folder, number)))
        said = opinion(self._scores(engine, rows))
        return float((said.labels == rows.class_indices()).mean())


def _measures(figures: RoundFigures) -> dict[str, float]:
    """What a round is compared by."""
    return {"val_loss": figures.val_loss, "val_accuracy": figures.validation.accuracy}


def _joined(train: Dataset, rows: Dataset, chosen: Selection) -> Dataset:
    """The labelled rows first, then those with pseudo-labels."""
    assert train.labels is not None  # noqa: S101 - they are the labelled rows
    known, labels = only_array(train.labels), chosen.labels
    added: Array = one_hot(labels, known.shape[1]) if known.ndim > 1 else labels
    features = {
        name: np.concatenate([array, rows.features[name]])
        for name, array in train.features.items()
    }
    joined = np.concatenate([known, added.astype(known.dtype)])
    return replace(
        train,
        features=features,
        labels={only_name(train.labels): joined},
        ids=(*train.ids, *rows.ids),
        weights=_joined_weights(train, rows),
        places=None,
    )


def _joined_weights(train: Dataset, rows: Dataset) -> npt.NDArray[np.float32] | None:
    """How much each row counts; one without a weight of its own counts once."""
    if train.weights is None and rows.weights is None:
        return None
    each = [
        np.ones(len(part), dtype=np.float32) if part.weights is None else part.weights
        for part in (train, rows)
    ]
    return np.concatenate(each)


def _best_weights(folder: RoundFolder) -> list[Array]:
    """The weights of the best epoch of a round that is over.

    Raises:
        RunError: they are no longer there.
    """
    checkpoint = folder.find_checkpoint().checkpoint
    if checkpoint is None or checkpoint.epoch != folder.metrics().epochs:
        message = f"the last checkpoint of round {folder.number} of {folder.name} "
        message += "is missing or damaged"
        again = command_line("train", folder.run.path / "config.yaml")
        raise RunError(message, hint=f"train again: {again}")
    return list(checkpoint.arrays["best"])
