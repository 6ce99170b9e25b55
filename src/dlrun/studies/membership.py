"""Whether a run that a plan names is that of its member, by the hash of its config.

The number of a folder that was removed may have been taken by another run, and `dlrun
resume --epochs` makes another config of a run that stays where it was.
"""

from __future__ import annotations

from dlrun.errors import RunError
from dlrun.runs import InUseError, MemberRun, PlanFolder, RunFolder
from dlrun.studies.plan import Member, Plan, config_key

_OTHER = "a run of another config"


def has_config(folder: RunFolder, key: str) -> bool:
    """Whether a run was made from the config of a hash; a damaged one was not."""
    try:
        return config_key(folder.config()) == key
    except (RunError, KeyError, AttributeError):
        return False


def is_over(run: MemberRun | None, key: str) -> bool:
    """Whether a member needs no training: its run is over, and of its config."""
    return run is not None and run.is_over and has_config(run.folder, key)


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
        fits = has_config(run.folder, key)
        if fits and name not in kept:
            kept.add(name)
            continue
        try:
            with folder.claim(number):
                folder.forget_run(number)
        except InUseError:
            continue
        what = "the run of another member" if fits else _OTHER
        sentences.append(released(run.folder, plan.members[number - 1], what))
    return sentences


def released(folder: RunFolder, member: Member, what: str = _OTHER) -> str:
    """Say of a run that it is not that of a member, and what follows."""
    return f"warning: {folder.name} is {what}: {member.label} is trained anew"
