from __future__ import annotations

import json
import sys

import pytest

from tests.benchmark import sweep
from tests.benchmark.sweep import Cost

COSTS = [
    Cost("look, empty cluster", 0.5, 0.4, 50.0),
    *(Cost("kubectl get deploy,rs,pods -A -o json", wall, 9.0, 300.0) for wall in (4.0, 5.0, 9.0)),
    *(Cost("sweep", wall, 1.0, 80.0) for wall in (2.0, 2.5, 8.0)),
    Cost("sweep, every row", 3.0, 2.0, 101.0),
    Cost("look, large cluster", 0.6, 0.4, 51.0),
]


def test_figures_are_ratios_of_medians_and_the_largest_size_of_any_sweep() -> None:
    assert sweep.figures(COSTS) == pytest.approx(
        {"sweep_to_kubectl": 0.5, "sweep_rss": 101.0, "look_large_to_empty": 1.2}
    )


def test_a_figure_beyond_its_limit_is_called_missed() -> None:
    said = {line.split()[0]: line.split()[-1] for line in sweep.verdicts(COSTS)[1:]}
    assert said == {"sweep_to_kubectl": "kept", "sweep_rss": "MISSED", "look_large_to_empty": "kept"}


def test_the_table_has_one_line_for_each_and_the_document_holds_all() -> None:
    lines = sweep.table(COSTS)
    assert len(lines) == 6
    assert lines[2].split()[-4:] == ["3", "5.00", "9.00", "300"]
    found = json.loads(json.dumps(sweep.document(COSTS, {"repeat": 3})))
    assert (found["repeat"], len(found["measurements"])) == (3, 9)


def test_what_a_process_takes_is_its_own_and_a_failure_is_said() -> None:
    cost, printed = sweep.cost_of("one", [sys.executable, "-c", "print('x' * 9)"], {})
    assert printed.strip() == "x" * 9
    assert 0 < cost.rss < 200
    assert cost.wall > 0
    with pytest.raises(RuntimeError, match="two failed: no"):
        sweep.cost_of("two", [sys.executable, "-c", "print('no'); raise SystemExit(3)"], {})


def test_what_runs_is_placed_without_the_scheduler_and_what_fails_is_not() -> None:
    runs, fails = (sweep.workload("web", runs=runs)["spec"]["template"]["spec"] for runs in (True, False))
    assert runs["nodeName"] == sweep.NODE
    assert "nodeName" not in fails
