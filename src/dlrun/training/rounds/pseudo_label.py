"""Semi-supervised training: rounds of `train_from` on rows that the model has labelled.

Round 0 is the supervised baseline. What a further round trains on is a function of what
the model of the round before has said of the unlabelled rows, and that is on the disk:
so a run that stops in any round goes on as if it had not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dlrun.components.transforms import one_hot
from dlrun.data import INPUT, OUTPUT, Array
from dlrun.diagnosis import diagnose_run
from dlrun.engines.shared import build_engine
from dlrun.errors import RunError
from dlrun.interruption import stop_if_asked
from dlrun.runs import round_of
from dlrun.training.decode import decode
from dlrun.training.fit import train_from
from dlrun.training.outcome import test_looks
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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.data import Dataset
    from dlrun.engines import Engine
    from dlrun.experiment import Experiment
    from dlrun.experiment.pseudo_label import PseudoLabelSpec, StopSpec
    from dlrun.rows import Parts, Pool
    from dlrun.runs import RoundFolder, RunFolder
    from dlrun.training.prepared import Prepared


def train_rounds(prepared: Prepared) -> Mapping[str, Any]:
    """Train the rounds of a run that are not there yet, and keep the best.

    The folder is locked and ready; what it has of whole rounds and of checkpoints is
    gone on with.

    Returns:
        The metrics of the run: those of the kept round, the baseline and the gain.

    Raises:
        DlrunError: when a round fails or diverges.
        Interrupted: when a person or the system stops it.
    """
    spec, pool = prepared.spec.pseudo_label, prepared.parts.unlabelled
    assert spec is not None  # noqa: S101 - whoever calls has looked
    assert pool is not None  # noqa: S101 - read for this section
    rounds = _Rounds(prepared, spec, pool)
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
    figures: Sequence[Mapping[str, Any]],
    before: Selection,
    chosen: Selection,
) -> str | None:
    """Why no further round is trained; `None`: one is."""
    if not len(chosen.rows):
        return "no row was labelled with enough confidence"
    losses = [float(one["val_loss"]) for one in figures]
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
        return self.parts.train.classes or ()

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

    def train(
        self, number: int, chosen: Selection, before: Selection
    ) -> Mapping[str, Any]:
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
        train_from(start, replace(self.prepared, parts=parts, folder=folder), part_of)
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
        metrics: Mapping[str, Any],
    ) -> None:
        """Keep what the next round and people need to know: then the round is whole."""
        validation = self.parts.validation
        assert validation is not None  # noqa: S101 - a rule asks for it
        truth = validation.class_indices()
        assert truth is not None  # noqa: S101 - another asks for classes
        figures = validation_figures(self._scores(engine, validation), truth)
        said = opinion(self._scores(engine, self.pool.rows), figures["temperature"])
        names = [self.classes[label] for label in said.labels]
        ids, sure = self.pool.rows.ids, said.confidence.tolist()
        folder.write_pool(zip(ids, names, sure, strict=True))
        counts = self.parts.train.class_counts()
        changed = None
        if folder.number:
            old = self._said(folder.number - 1).labels
            changed = float((said.labels != old).mean())
        folder.write_figures(
            {
                "round": folder.number,
                **selection_figures(self.pool, counts, chosen, before),
                "labels_changed": changed,
                "val_loss": metrics["best"]["val_loss"],
                **figures,
                **{name: metrics[name] for name in ("best_epoch", "epochs", "seconds")},
                "verdict": diagnose_run(folder).tag,
            }
        )

    def _scores(self, engine: Engine, rows: Dataset) -> Numbers:
        outputs = engine.predict({INPUT: rows.features})[OUTPUT]
        return decode(outputs, self.experiment.spec, self.classes).values

    def finish(
        self, figures: Sequence[Mapping[str, Any]], reason: str
    ) -> Mapping[str, Any]:
        """Make the best round that of the run, and say what it has gained."""
        scores = [float(one["val_accuracy"]) for one in figures]
        kept = max(range(len(scores)), key=lambda number: (scores[number], number))
        folder = round_of(self.folder, kept)
        folder.publish()
        measures = [self._measures(figures[0]), self._measures(figures[kept])]
        if self.parts.test is not None:
            for measured, number in zip(measures, (0, kept), strict=True):
                measured["test_accuracy"] = self._accuracy(number, self.parts.test)
        baseline, best = measures
        tested = {"accuracy": best["test_accuracy"]} if self.parts.test else None
        metrics = {
            **folder.metrics(),
            **({} if tested is None else {"test": tested}),
            "seconds": round(sum(float(one["seconds"]) for one in figures), 6),
            "round": kept,
            "rounds": len(figures) - 1,
            "rounds_ended": reason,
            "baseline": baseline,
            "kept": best,
            "gain": {name: best[name] - baseline[name] for name in baseline},
            "warnings": baseline_warnings(figures[0]),
        }
        for name in ("coverage", "precision"):
            if name in figures[kept]:
                metrics[f"pseudo_label_{name}"] = figures[kept][name]
        self.folder.write_metrics(test_looks(self.folder) | metrics)
        if self.parts.test is not None:
            self.folder.count_test_look("train")
        return metrics

    def _measures(self, figures: Mapping[str, Any]) -> dict[str, float]:
        return {name: figures[name] for name in ("val_loss", "val_accuracy")}

    def _accuracy(self, number: int, rows: Dataset) -> float:
        """How many rows the model of a round gets right."""
        summary = self.folder.summary()
        on = {name: summary.get(name) == "on" for name in ("jit", "jit_evaluation")}
        engine, _ = build_engine(self.experiment, **on)
        engine.set_weights(_best_weights(round_of(self.folder, number)))
        said = opinion(self._scores(engine, rows))
        return float((said.labels == rows.class_indices()).mean())


def _joined(train: Dataset, rows: Dataset, chosen: Selection) -> Dataset:
    """The labelled rows first, then those with pseudo-labels."""
    assert train.labels is not None  # noqa: S101 - they are the labelled rows
    labels: Array = chosen.labels
    if train.labels.ndim > 1:
        labels = one_hot(chosen.labels, train.labels.shape[1])
    return replace(
        train,
        features=np.concatenate([train.features, rows.features]),
        labels=np.concatenate([train.labels, labels.astype(train.labels.dtype)]),
        ids=(*train.ids, *rows.ids),
    )


def _best_weights(folder: RoundFolder) -> list[Array]:
    """The weights of the best epoch of a round that is over.

    Raises:
        RunError: they are no longer there.
    """
    found = folder.find_checkpoint().checkpoint
    if found is None or found.epoch != folder.metrics()["epochs"]:
        message = f"the last checkpoint of round {folder.number} of {folder.name} "
        message += "is missing or damaged"
        raise RunError(
            message, hint=f"train again: dlrun train {folder.run.path / 'config.yaml'}"
        )
    return list(found.arrays["best"])
