"""The memory of a machine is what its container allows."""

from __future__ import annotations

import pytest

from dlrun.machine import machine_memory

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
