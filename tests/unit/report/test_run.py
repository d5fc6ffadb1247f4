# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module shows of its run: cleaned results and live progress."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.object_redaction import TEXT_LIMIT
from ansible_collections.rescue.kubernetes.plugins.module_utils._module import run
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.run import ProgressFile, Stopwatch, shown


def test_every_text_of_a_result_is_cleaned_however_deep_it_stands() -> None:
    result = {"a": ["\x1b[31mred\x1b[0m", {"b\x07": "x\u202ey"}], "c": ("\x00z",)}
    assert shown(result) == {"a": ["red", {"b": "xy"}], "c": ["z"]}


def test_secrets_are_not_shown() -> None:
    assert "hunter2hunter2" not in str(shown({"log": ["DB_PASSWORD=hunter2hunter2"]}))
    assert "hunter2hunter2" not in str(shown({"before": ["--api-token", "hunter2hunter2"]}))


@pytest.mark.parametrize("value", [None, True, False, 0, 7, 1.5])
def test_what_is_no_text_stays_as_it_is(value: t.Any) -> None:
    assert shown(value) is value
    assert shown({"a": value}) == {"a": value}


def test_line_breaks_stay_and_each_line_is_cleaned() -> None:
    assert shown("one\n\x1b[2Jtwo\n") == "one\ntwo\n"


def test_a_long_line_is_cut() -> None:
    assert len(shown("a" * (TEXT_LIMIT + 10))) == TEXT_LIMIT
    assert shown("a" * TEXT_LIMIT) == "a" * TEXT_LIMIT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)
UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from texts(entry)


@given(JSON)
def test_no_result_carries_what_a_terminal_would_act_on(value: t.Any) -> None:
    for found in texts(shown(value)):
        assert not UNSAFE.search(found)


class Clock(Stopwatch):
    """A stopwatch that a test sets."""

    now = 0.0

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self.now


def test_lines_carry_the_elapsed_time_and_one_that_repeats_the_last_is_not_written(tmp_path: Path) -> None:
    clock = Clock()
    progress = ProgressFile(str(tmp_path / "progress"), clock)
    for clock.now, line in ((0.0, "0/3 updated"), (1.0, "0/3 updated"), (12.34, "1/3 updated"), (100.0, "0/3 updated")):
        progress.say(line)
    assert (tmp_path / "progress").read_text().splitlines() == [
        "   0.0 s  0/3 updated",
        "  12.3 s  1/3 updated",
        " 100.0 s  0/3 updated",
    ]


def test_a_heartbeat_says_the_last_line_again(tmp_path: Path) -> None:
    clock = Clock()
    progress = ProgressFile(str(tmp_path / "progress"), clock)
    progress.heartbeat()
    assert not (tmp_path / "progress").exists()
    progress.say("1/3 updated")
    clock.now = 30.0
    progress.heartbeat()
    progress.say("1/3 updated")
    assert (tmp_path / "progress").read_text().splitlines() == ["   0.0 s  1/3 updated", "  30.0 s  1/3 updated"]


def test_what_is_said_stays_one_line_and_is_added_to_what_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    path.write_text("before\n")
    ProgressFile(str(path), Clock()).say("  a\nb\r\n\tc\u2028d ")
    assert path.read_text(encoding="utf-8") == "before\n   0.0 s  a b c d\n"


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (None, ""):
        progress = ProgressFile(path, Stopwatch())
        progress.say("a")
        progress.heartbeat()
    assert list(tmp_path.iterdir()) == []


def test_the_stopwatch_remembers_when_something_happened_first(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, monotonic = iter([1000.0, 1001.0, 1002.5, 1003.0]), iter([50.0, 52.25])
    clocks = SimpleNamespace(time=lambda: next(wall), monotonic=lambda: next(monotonic), process_time=lambda: 0.12345)
    monkeypatch.setattr(run, "time", clocks)
    stopwatch = Stopwatch()
    stopwatch.mark("decided")
    stopwatch.mark("decided")
    assert stopwatch.to_dict() == {
        "started": 1000.0, "ended": 1003.0, "seconds": 2.25, "cpu_seconds": 0.123, "decided": 1001.0,
    }  # fmt: skip


def test_a_private_key_goes_as_a_whole_though_it_has_many_lines() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdefghijklmnop\n-----END PRIVATE KEY-----"

    cleaned = run.shown({"log": f"before\n{key}\nafter"})["log"]

    assert "MIIEowIBAAKCAQEA" not in cleaned
    assert "abcdefghijklmnop" not in cleaned
    assert cleaned.startswith("before\n")
    assert cleaned.endswith("after")
