# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which line of a log names the cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis import logs

_LINES = json.loads((Path(__file__).parent / "log_lines.json").read_text())["lines"]


@pytest.mark.parametrize(("log", "cause", "words"), _LINES)
def test_known_lines(log: str, cause: str, words: dict[str, str]) -> None:
    found = logs.read(log)
    assert found is not None
    assert (found.cause, found.words) == (cause, words)


def test_a_cause_outweighs_the_exception_that_carries_it() -> None:
    found = logs.read("Error: boom\nError: getaddrinfo ENOTFOUND db")
    assert found is not None
    assert found.cause == "wrong_host_dns"


def test_what_a_program_gets_over_does_not_outweigh_its_end() -> None:
    found = logs.read("WARN connection refused, retrying in 5 s\nError: Cannot find module 'pg'")
    assert found is not None
    assert found.cause == "missing_dependency"


def test_the_first_of_equal_lines_wins() -> None:
    found = logs.read("Error: Cannot find module 'a'\nError: Cannot find module 'b'")
    assert found is not None
    assert found.words == {"name": "a"}


def test_lines_of_json_are_read_for_what_they_say() -> None:
    found = logs.read('{"level":"error","msg":"start failed","err":{"message":"getaddrinfo ENOTFOUND db"}}')
    assert found is not None
    assert found.words == {"host": "db"}


def test_what_was_said_long_before_the_end_does_not_count() -> None:
    noise = "\n".join(f"GET /{number} 200" for number in range(120))
    found = logs.read(
        f"cannot write cache: permission denied\n{noise}\npanic: index out of range\n\ngoroutine 1 [running]:"
    )
    assert found is not None
    assert found.cause == "unhandled_exception"


def test_traces_of_several_languages_in_one_log() -> None:
    python = 'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in <module>\nValueError: no'
    node = "/srv/a.js:1\n  throw err;\n\nError: Cannot find module 'pg'\n    at x (/srv/a.js:1:2)"
    found = logs.read(f"{python}\n{node}")
    assert found is not None
    assert found.words == {"name": "pg"}


def test_frames_and_source_lines_name_no_cause() -> None:
    trace = (
        "Traceback (most recent call last):\n"
        '  File "/srv/connection refused.py", line 1, in <module>\n'
        '    raise RuntimeError("permission denied")\n'
        "RuntimeError: out of paper"
    )
    found = logs.read(trace)
    assert found is not None
    assert found.words == {"line": "RuntimeError: out of paper"}


def test_the_end_of_a_very_long_line_is_read_and_shown() -> None:
    found = logs.read("x" * 50_000 + " nested exception is java.net.UnknownHostException: stock-db")
    assert found is not None
    assert found.words == {"host": "stock-db"}
    assert len(found.line) <= 600
    assert "stock-db" in found.line


def test_binary_junk_does_not_hide_the_line() -> None:
    junk = "".join(map(chr, range(256))) * 20
    found = logs.read(f"{junk}\nError: Cannot find module 'pg'\n{junk}")
    assert found is not None
    assert found.words == {"name": "pg"}


@pytest.mark.parametrize(
    "log",
    [
        "PHP Warning:  Undefined variable $total in /srv/a.php on line 3",
        "Error handling enabled, host checks not started, memory 12 MB",
        '{"level":"info","msg":"error budget 99.9"}',
        "0 errors, 0 failures",
        "INFO loaded certificate, address book and symbol table",
    ],
)
def test_words_that_sound_like_trouble_name_no_cause(log: str) -> None:
    found = logs.read(log)
    assert found is None or found.cause == ""


def test_colours_stamps_and_secrets_do_not_reach_the_line() -> None:
    found = logs.read("2026-11-23T10:00:00.123Z \x1b[31mError: Cannot find module 'pg'\x1b[0m password=hunter2")
    assert found is not None
    assert found.line == "Error: Cannot find module 'pg' password=[redacted]"


def test_an_uneventful_log_names_nothing() -> None:
    assert logs.read("listening on port 3000\nGET / 200\n") is None
    assert logs.read("") is None


def test_a_line_that_only_complains_is_shown_but_names_no_cause() -> None:
    found = logs.read("starting\nfatal: the moon is full\n")
    assert found is not None
    assert (found.cause, found.line) == ("", "fatal: the moon is full")


@pytest.mark.parametrize(
    "line",
    ["listening on port 3000", "Server started at http://0.0.0.0:3000", "Listening on :3000", "running on port: 3000"],
)
def test_the_port_that_a_program_says_it_listens_on(line: str) -> None:
    assert logs.listening_ports(line) == {3000}
