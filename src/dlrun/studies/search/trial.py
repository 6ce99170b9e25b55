"""The trials of a search: what each was given, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import time

from dlrun.experiment.search import Chosen, Space
from dlrun.experiment.search.space import parameter_name
from dlrun.runs import Journal, LineError, SearchFolder, scores_of
from dlrun.studies.search.clock import WorkClock
from dlrun.studies.search.end import End
from dlrun.studies.search.pause import Known, Pause, Promotion


@dataclass(frozen=True, slots=True)
class SearchTrial:
    """One trial, counted from 1."""

    number: int
    chosen: Chosen
    config_sha256: str
    """Of its config; empty: it is not valid."""
    knew: tuple[int, ...] | None = None
    """The trials whose ends its settings were chosen by; `None`: by none."""
    parameters: int | None = None
    """Of its model; `None`: nobody has counted them."""
    aim: int | None = None
    """The epoch after which it pauses; `None`: it is trained to its end."""
    knew_rungs: Mapping[int, int] = field(default_factory=dict)
    """The trials of which it knew the score after an epoch, and that epoch."""
    rungs: tuple[Pause, ...] = ()
    """What it has come to where it has paused."""
    same_as: int | None = None
    """An earlier trial with the same config, which is not trained again."""
    end: End | None = None
    """`None`: it is not over."""
    deaths: tuple[int, ...] = ()
    """How many epochs it had each time that its process had died."""

    @property
    def is_paused(self) -> bool:
        """Whether it has come as far as it shall for now."""
        if self.end is not None or self.aim is None or not self.rungs:
            return False
        return self.rungs[-1].epochs >= self.aim

    @property
    def needs_training(self) -> bool:
        """Whether a process has to train it, or does so."""
        return self.end is None and self.same_as is None and not self.is_paused

    @property
    def is_refused(self) -> bool:
        """Whether its model is larger than the search allows."""
        return self.end is not None and self.end.limit == "max_params"


@dataclass(slots=True)
class SearchTrials:
    """All trials of a search, as its folder tells them."""

    folder: SearchFolder
    space: Space
    by_number: dict[int, SearchTrial] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    """Those that are over, in the order of their ends."""
    over: list[int] = field(default_factory=list)
    """The same with those that repeat one, which are over once they are made, and those
    that pause, each from its first pause on."""
    clock: WorkClock = field(default_factory=WorkClock)
    """How long they were worked on."""
    now: Callable[[], float] = time
    """Tells the seconds since 1970."""
    _journal: Journal = field(init=False)
    _places: dict[str, tuple[str | int, ...]] = field(init=False)
    _by_config: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the parameters by what they are called in lines."""
        self._journal = Journal(self.folder)
        parameters = self.space.all_parameters()
        self._places = {parameter_name(one.place): one.place for one in parameters}

    def refresh(self) -> None:
        """Read what other processes have done.

        Raises:
            RunError: A line is damaged.
        """
        for entry in self._journal.refresh():
            self.take(entry)

    def add(self, trial: SearchTrial) -> None:
        """Keep a new trial; only for who holds the lock of the search.

        Raises:
            RunError: The disk refuses.
        """
        self._append(self.entry_of(trial))

    def end(self, number: int, end: End) -> None:
        """Keep what came of a trial; only for who holds the lock of the search.

        Raises:
            RunError: The disk refuses.
        """
        self._append(end.to_entry(number))

    def reach(self, number: int, rung: Pause) -> None:
        """Keep that a trial pauses; only for who holds the lock of the search.

        Raises:
            RunError: The disk refuses.
        """
        self._append(rung.to_entry(number))

    def promote(self, promotion: Promotion) -> None:
        """Keep that a trial goes on; only for who holds the lock of the search.

        Raises:
            RunError: The disk refuses.
        """
        self._append(promotion.to_entry())

    def died(self, number: int, epochs: int) -> None:
        """Keep that a process died with a trial; only for who holds the lock.

        Raises:
            RunError: The disk refuses.
        """
        self._append({"trial": number, "died_after": epochs})

    def resumed(self, number: int, until: float | None) -> None:
        """Keep that a trial was taken up; only for who holds the lock of the search.

        Args:
            number: Of the trial.
            until: When it was seen to be worked on last; `None`: nobody knows.

        Raises:
            RunError: The disk refuses.
        """
        self._append({"trial": number, "resumed": until})

    def entry_of(self, trial: SearchTrial) -> dict[str, object]:
        """The line that is kept of a new trial, without its time."""
        names = {parameter_name(place): value for place, value in trial.chosen.items()}
        knew = None if trial.knew is None else list(trial.knew)
        return {
            "trial": trial.number,
            "chosen": names,
            "settings": self.space.settings(trial.chosen),
            "config_sha256": trial.config_sha256,
            "parameters": trial.parameters,
            "knew": knew,
            "same_as": trial.same_as,
            **_of_halving(trial),
        }

    def same(self, config_sha256: str) -> int | None:
        """The first trial with a config; `None`: there is none."""
        return self._by_config.get(config_sha256)

    def end_of(self, trial: SearchTrial) -> End | None:
        """What came of a trial, or of the one that it repeats."""
        if trial.same_as is not None and trial.same_as in self.by_number:
            return self.by_number[trial.same_as].end
        return trial.end

    def pause_of(self, trial: SearchTrial) -> Pause | None:
        """What a trial, or the one that it repeats, has come to where it pauses."""
        one = trial if trial.same_as is None else self.by_number[trial.same_as]
        return one.rungs[-1] if one.is_paused else None

    def known_of(self, trial: SearchTrial) -> Known | None:
        """What is known of a trial, or of the one that it repeats, so far."""
        one = trial if trial.same_as is None else self.by_number[trial.same_as]
        if one.end is not None:
            return Known(one.end.scores, None)
        return Known(one.rungs[-1].scores, one.rungs[-1].epochs) if one.rungs else None

    def _append(self, entry: Mapping[str, object]) -> None:
        self._journal.append({**entry, "at": round(self.now(), 3)})
        self.take(self._journal.entries[-1])

    def take(self, entry: Mapping[str, object]) -> None:
        """Know what a line says.

        Raises:
            LineError: It does not fit the search, or the lines before it.
        """
        number = int(str(entry["trial"]))
        self.clock.hear(entry)
        if "chosen" in entry:
            self._take_new(number, entry)
        elif number not in self.by_number:
            raise self._damage(number)
        elif "died_after" in entry:
            trial = self.by_number[number]
            deaths = (*trial.deaths, int(str(entry["died_after"])))
            self.by_number[number] = replace(trial, deaths=deaths)
        elif "rung" in entry:
            self._take_rung(number, entry)
        elif "promoted_from" in entry:
            aim = _whole(entry.get("aim"))
            self.by_number[number] = replace(self.by_number[number], aim=aim)
        elif "resumed" not in entry and self.by_number[number].end is None:
            self._take_end(number, entry)

    def _take_new(self, number: int, entry: Mapping[str, object]) -> None:
        chosen, knew = entry["chosen"], entry.get("knew")
        same_as, parameters = entry.get("same_as"), entry.get("parameters")
        is_next = number == len(self.by_number) + 1
        is_first = not isinstance(same_as, int) or same_as in self.by_number
        if not is_next or not is_first or not isinstance(chosen, dict):
            raise self._damage(number)
        key = str(entry.get("config_sha256") or "")
        self.by_number[number] = SearchTrial(
            number,
            self._point(number, chosen, entry.get("settings")),
            key,
            tuple(knew) if isinstance(knew, list) else None,
            parameters if isinstance(parameters, int) else None,
            _whole(entry.get("aim")),
            _rungs_known(entry),
            (),
            same_as if isinstance(same_as, int) else None,
        )
        if isinstance(same_as, int):
            self.over.append(number)
        if key:
            self._by_config.setdefault(key, number)

    def _point(
        self, number: int, chosen: Mapping[str, object], settings: object
    ) -> Chosen:
        """What was chosen, if it is of this space and the settings are its own."""
        try:
            point = {self._places[key]: _number(one) for key, one in chosen.items()}
            stated = json.dumps(self.space.settings(point))
        except (IndexError, KeyError, TypeError, ValueError):
            raise self._damage(number) from None
        if settings is not None and json.dumps(settings) != stated:
            raise self._damage(number)
        return point

    def _take_rung(self, number: int, entry: Mapping[str, object]) -> None:
        epochs, epoch = _whole(entry["rung"]), _whole(entry.get("epoch"))
        seconds, scores = entry.get("seconds"), scores_of(entry)
        if epochs is None or not scores:
            raise self._damage(number)
        took = float(seconds) if isinstance(seconds, int | float) else 0.0
        trial, rung = self.by_number[number], Pause(epochs, scores, epoch, took)
        self.by_number[number] = replace(trial, rungs=(*trial.rungs, rung))
        if not trial.rungs:
            self.over.append(number)

    def _take_end(self, number: int, entry: Mapping[str, object]) -> None:
        end = End.of_entry(entry)
        if end is None:
            raise self._damage(number)
        self.by_number[number] = replace(self.by_number[number], end=end)
        self.ended.append(number)
        if not self.by_number[number].rungs:
            self.over.append(number)

    def _damage(self, number: int) -> LineError:
        what = f"what it says of trial {number} does not fit the search"
        return self._journal.damage(what)


def _number(value: object) -> int | float:
    if not isinstance(value, int | float):
        raise TypeError
    return value


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _of_halving(trial: SearchTrial) -> dict[str, object]:
    """What a line says of a trial that pauses; of others it has no such keys."""
    found: dict[str, object] = {} if trial.aim is None else {"aim": trial.aim}
    if trial.knew_rungs:
        found["knew_rungs"] = {str(key): one for key, one in trial.knew_rungs.items()}
    return found


def _rungs_known(entry: Mapping[str, object]) -> dict[int, int]:
    given = entry.get("knew_rungs")
    return (
        {int(key): one for key, one in given.items()} if isinstance(given, dict) else {}
    )
