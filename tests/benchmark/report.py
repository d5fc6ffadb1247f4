"""The benchmark's figures as a table for people and as one JSON object for machines."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from tests.benchmark.measure import Measurement

COLUMNS = (
    "fault",
    "who",
    "named",
    "to sign",
    "to verdict",
    "to PATCH",
    "to answering",
    "failed",
    "CPU",
    "end",
)


def groups(measurements: Iterable[Measurement]) -> dict[tuple[str, str], list[Measurement]]:
    """Measurements by fault and contender, in the order of their first appearance."""
    found: dict[tuple[str, str], list[Measurement]] = {}
    for measurement in measurements:
        found.setdefault((measurement.fault, measurement.contender), []).append(measurement)
    return found


def middle(values: Iterable[float | None]) -> float | None:
    """The median of the values that there are."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def end_state(measurement: Measurement) -> str:
    """In a few words how the service was left."""
    if measurement.patch is None:
        return "says good, left broken" if measurement.exit_code == 0 else "not recovered, says so"
    if measurement.configuration_bad:
        return "pods as before, ConfigMap left broken"
    return "restored" if measurement.restored is not None else "rolled back, not restored"


def row(same: Sequence[Measurement]) -> tuple[str, ...]:
    """One line of the table: medians of several measurements of the same."""
    last = same[-1]
    return (
        last.fault,
        last.contender,
        last.said,
        _seconds(middle(one.signal for one in same)),
        _seconds(middle(one.from_signal(one.verdict) for one in same)),
        _seconds(middle(one.from_signal(one.patch) for one in same)),
        _seconds(middle(one.from_signal(one.answering) for one in same)),
        f"{sum(one.failed_requests for one in same)}/{sum(one.requests for one in same)}",
        _seconds(middle(one.cpu_seconds for one in same)),
        " | ".join(dict.fromkeys(end_state(one) for one in same)),
    )


def table(measurements: Iterable[Measurement]) -> list[str]:
    """Lines: `to sign` is counted from the change, `to verdict` to `to answering` from that first sign."""
    return aligned([COLUMNS, *(row(same) for same in groups(measurements).values())])


def phase_table(measurements: Iterable[Measurement]) -> list[str]:
    """Lines: where the time of a contender that tells its phases goes, by the clock and in computing."""
    rows = [("fault", "phase", "wall", "CPU")]
    for (fault, _), same in groups(measurements).items():
        names = dict.fromkeys(phase.name for one in same for phase in one.phases)
        for name in names:
            found = [phase for one in same for phase in one.phases if phase.name == name]
            wall = middle(phase.seconds for phase in found)
            rows.append((fault, name, _seconds(wall), _seconds(middle(phase.cpu_seconds for phase in found))))
    return aligned(rows)


def document(measurements: Sequence[Measurement], about: dict[str, Any]) -> dict[str, Any]:
    """Shape: `{benchmark, unit, ...about, measurements: [...]}`; times are seconds after the change."""
    return {
        "benchmark": "recover",
        "unit": "seconds after the change was visible at the API",
        **about,
        "measurements": [_rounded(dataclasses.asdict(measurement)) for measurement in measurements],
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(entry) for entry in value]
    return value


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines of a table whose first row are its headings."""
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in rows]
