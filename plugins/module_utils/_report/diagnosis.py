# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diagnosis in at most ten lines.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._report.text import printable
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    dig,
    mapping,
    number,
    sequence,
    text,
)

_COULD_NOT = "COULD NOT BE LOOKED AT"


def diagnosis_problem(result: JsonObject) -> str:
    """The sentence of why there is no verdict; "" when there is one."""
    return text(result.get("msg")) or ("" if result.get("cause") else "The workload was not looked at.")


def diagnosis_target(result: JsonObject, asked: str) -> str:
    """What to call the target: as the cluster names it, else as the user did."""
    if result.get("name") and result.get("namespace"):
        return printable(f"{text(result['name'])} in {text(result['namespace'])}")
    return printable(asked) or "no deployment given"


def diagnosis_lines(target: str, result: JsonObject) -> list[str]:
    """At most ten lines: the verdict's three, what shows it, what could not be seen, where it was recorded."""
    problem = diagnosis_problem(result)
    if problem:
        return [f"{target}: {_COULD_NOT}", f"  {'Problem':<9} {printable(problem, 800)}"]
    sure = round(100 * _share(result.get("confidence")))
    lines = [printable(f"{target}: {text(result.get('category'))}, {text(result.get('cause'))}, {sure} % sure")]
    lines.extend(f"  {title:<9} {printable(words)}" for title, words in _rows(result) if words)
    return lines


def diagnosis_sentence(target: str) -> str:
    """One short sentence for the task that sets the exit code; the reason stands above it."""
    return f"{target}: {_COULD_NOT.lower()}"


def _rows(result: JsonObject) -> t.Iterator[tuple[str, str]]:
    yield from zip(("Verdict", "", ""), text(result.get("message")).splitlines(), strict=False)
    if result.get("category") != "none":
        for item in map(mapping, sequence(result.get("evidence"))[:1]):
            yield "Evidence", f"{text(item.get('object'))}: {text(item.get('text'))}"
        changes = [mapping(entry) for entry in sequence(result.get("differences"))]
        if changes:
            more = f" (and {len(changes) - 1} more)" if len(changes) > 1 else ""
            before, after = (_value(changes[0].get(key)) for key in ("before", "after"))
            yield "Changed", f"{text(changes[0].get('field'))}: {before} -> {after}{more}"
    unseen = [entry for entry in sequence(result.get("unseen")) if isinstance(entry, str)]
    if unseen:
        yield "Unseen", unseen[0] + (f" (and {len(unseen) - 1} more)" if len(unseen) > 1 else "")
    bundle = mapping(result.get("bundle"))
    if bundle.get("written"):
        yield "Bundle", f"{text(bundle.get('path'))} ({number(bundle.get('files'))} files)"
    elif bundle:
        yield "Bundle", f"check mode, so {text(bundle.get('path'))} was not written"
    record = mapping(result.get("record"))
    if record:
        taken = text(record.get("taken_at"))
        yield "Record", f"{text(record.get('format'))}, {text(record.get('path'))}" + (f", of {taken}" if taken else "")
    else:
        seconds = dig(result, "timing", "seconds")
        yield "Took", f"{_share(seconds):.1f} s, {number(result.get('calls'))} requests to the API server"


def _share(value: t.Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _value(value: t.Any) -> str:
    return "absent" if value is None else str(value)
