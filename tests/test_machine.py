"""The memory of a machine is what its container allows."""

from __future__ import annotations

import pytest

from dlrun.machine import free_memory, machine_memory

WHOLE = machine_memory()


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("0::/\n", {"memory.max": "1000000\n"}, 10**6),
        ("0::/\n", {"memory.max": "max\n"}, WHOLE),
        ("0::/a/b\n", {"a/memory.max": "5000", "a/b/memory.max": "9000"}, 5000),
        (
            "3:cpu,memory:/a\n0::/\n",
            {"memory/a/memory.limit_in_bytes": "7000"},
            7000,
        ),
        ("3:memory:/a\n", {"memory/memory.limit_in_bytes": str(2**63 - 4096)}, WHOLE),
        ("3:cpu:/a\n", {"memory/a/memory.limit_in_bytes": "7000"}, WHOLE),
        ("no group\n\n", {}, WHOLE),
    ],
)
def test_a_limit_around_the_process_is_all_there_is(tmp_path, groups, limits, expected):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    for name, text in limits.items():
        file = tmp_path / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    assert machine_memory(tmp_path) == expected


def test_without_control_groups_the_machine_has_all_its_memory(tmp_path):
    assert machine_memory(tmp_path) >= WHOLE > 10**8


MEMINFO = "MemTotal: 64000 kB\nMemFree: 100 kB\nMemAvailable: 4000 kB\n"


def files(root, **texts):
    for name, text in texts.items():
        file = root / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_what_the_machine_can_give_is_free(tmp_path):
    files(tmp_path, proc__meminfo=MEMINFO)

    assert free_memory(tmp_path) == 4000 * 1024


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("anon 500000\ninactive_file 200000\n", 400_000),
        ("inactive_file 1\ntotal_inactive_file 300000\n", 500_000),
        ("no numbers", 200_000),
    ],
)
def test_a_container_gives_what_it_does_not_hold(tmp_path, stat, expected):
    files(tmp_path, proc__meminfo=MEMINFO, proc__self__cgroup="0::/a\n")
    group = {"memory.max": "1000000", "memory.current": "800000", "memory.stat": stat}
    files(tmp_path / "sys/fs/cgroup/a", **group)

    assert free_memory(tmp_path) == expected


def test_an_older_container_says_it_in_other_files(tmp_path):
    files(tmp_path, proc__meminfo=MEMINFO, proc__self__cgroup="3:memory:/a\n")
    group = {"memory.limit_in_bytes": "900000", "memory.usage_in_bytes": "950000"}
    files(tmp_path / "sys/fs/cgroup/memory/a", **group)

    assert free_memory(tmp_path) == 0


def test_a_machine_that_tells_nothing_has_all_its_memory_free(tmp_path):
    assert free_memory(tmp_path) == WHOLE
    assert 0 < free_memory() <= WHOLE
