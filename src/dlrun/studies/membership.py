"""Whether a run that a plan names is that of its member, by the hash of its config.

The number of a folder that was removed may have been taken by another run, and `dlrun
resume --epochs` makes another config of a run that stays where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dlrun.errors import RunError
from dlrun.runs import InUseError, MemberRun, PlanFolder, RunFolder
from dlrun.studies.plan import Member, Plan, config_key

_LEFT_TO_ROWS = ("auto", "classes")
_OTHER = "a run of another config"


def has_config(folder: RunFolder, member: Member, key: str) -> bool:
    """Whether a run was made from the config of a member; a damaged one was not.

    A run has numbers where its config leaves them to rows that were not read before it
    began: `decay_steps: auto`, `units: classes`.

    Args:
        folder: The run.
        member: Of a plan.
        key: The hash of its config.
    """
    try:
        recorded = folder.config()
        if config_key(recorded) == key:
            return True
        worded = _with_words(recorded, member.experiment.spec.values())
        return isinstance(worded, Mapping) and config_key(worded) == key
    except (RunError, KeyError, AttributeError, TypeError):
        return False


def _with_words(recorded: object, stated: object) -> object:
    """A recorded config with the words that rows have made numbers of."""
    if isinstance(recorded, Mapping) and isinstance(stated, Mapping):
        return {key: _with_words(one, stated.get(key)) for key, one in recorded.items()}
    if isinstance(recorded, list) and isinstance(stated, list):
        if len(recorded) != len(stated):
            return recorded
        pairs = zip(recorded, stated, strict=True)
        return [_with_words(one, other) for one, other in pairs]
    is_counted = isinstance(recorded, int) and stated in _LEFT_TO_ROWS
    return stated if is_counted else recorded


def is_over(run: MemberRun | None, member: Member, key: str) -> bool:
    """Whether a member needs no training: its run is over, and of its config."""
    return run is not None and run.is_over and has_config(run.folder, member, key)


def is_run_of(
    noted: MemberRun, member: Member, key: str, tell: Callable[[str], None]
) -> bool:
    """Whether a folder is there, and the member's, which this process has claimed.

    If a process was killed between the note and the claim, another may have been
    quicker: then the folder has another config, lives, or has been trained in.

    Args:
        noted: The run that the member has become, as was noted.
        member: Of a plan.
        key: The hash of its config.
        tell: Hears that it is not.
    """
    folder = noted.folder
    if not folder.path.is_dir():
        return False
    if noted.has_begun:
        fits = has_config(folder, member, key)
        if not fits:
            tell(released(folder, member))
        return fits
    try:
        if folder.status().state == "running" or folder.history():
            return False
        folder.config()  # Else it was killed before it was written.
        return has_config(folder, member, key)
    except RunError:  # It was killed before either file was there.
        return True


def release_others(plan: Plan, folder: PlanFolder) -> list[str]:
    """Let go of the runs that a plan names and that are not those of its members.

    Two members with the same config have a run each: the first one keeps it. What
    another process has in hand is left to it, which looks for itself.

    Args:
        plan: What shall be trained.
        folder: Its folder, which this process has joined.

    Returns:
        A sentence for each of the members, which have no run then.
    """
    kept: set[str] = set()
    sentences = []
    for number, (run, key) in enumerate(zip(folder.runs(), plan.keys, strict=True), 1):
        if run is None or not run.has_begun or not run.folder.path.is_dir():
            continue
        name = run.folder.name
        member = plan.members[number - 1]
        fits = has_config(run.folder, member, key)
        if fits and name not in kept:
            kept.add(name)
            continue
        try:
            with folder.claim(number):
                folder.forget_run(number)
        except InUseError:
            continue
        what = "the run of another member" if fits else _OTHER
        sentences.append(released(run.folder, member, what))
    return sentences


def released(folder: RunFolder, member: Member, what: str = _OTHER) -> str:
    """Say of a run that it is not that of a member, and what follows."""
    return f"warning: {folder.name} is {what}: {member.label} is trained anew"
