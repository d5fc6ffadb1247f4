from __future__ import annotations

import dataclasses
import json

from demo.application import FAULTS
from tests.benchmark import report
from tests.benchmark.contenders import Phase, Run
from tests.benchmark.measure import Measurement, summarise
from tests.benchmark.observer import Timeline

ONE = Measurement(
    fault="tag",
    contender="recover.yml",
    signal=1.0,
    signal_text="ErrImagePull",
    verdict=1.5,
    said="image_tag_not_found",
    patch=2.0,
    restored=2.5,
    answering=3.0,
    requests=500,
    failed_requests=1,
    exit_code=0,
    cpu_seconds=3.0,
    configuration_bad=False,
    phases=(Phase("start of Ansible", 0.75, None), Phase("all", 4.0, 3.0)),
)


def test_times_count_from_the_change() -> None:
    timeline = Timeline()
    timeline.marks = {"change": 1000.0, "signal": 1001.0, "patch": 1003.0}
    run = Run(exit_code=2, started=999.0, ended=1010.0, cpu_seconds=1.0, verdict=1002.0, said="crash")
    found = summarise(
        FAULTS["crash"], "expert", run, timeline, answering=None, requests=9, failed_requests=0, configuration_bad=False
    )
    assert (found.signal, found.verdict, found.patch, found.restored, found.answering) == (1, 2, 3, None, None)
    assert found.from_signal(found.patch) == 2


def test_a_row_counts_from_the_first_sign_and_has_medians() -> None:
    slow = dataclasses.replace(ONE, verdict=3.5, failed_requests=3)
    cells = dict(zip(report.COLUMNS, report.row([ONE, slow]), strict=True))
    assert cells == {
        "fault": "tag",
        "who": "recover.yml",
        "named": "image_tag_not_found",
        "to sign": "1.00",
        "to verdict": "1.50",
        "to PATCH": "1.00",
        "to answering": "2.00",
        "failed": "4/1000",
        "CPU": "3.00",
        "end": "restored",
    }


def test_a_contender_that_saw_nothing_has_no_times() -> None:
    blind = dataclasses.replace(ONE, signal=None, verdict=None, patch=None, restored=None, answering=None)
    assert report.row([blind])[3:7] == ("-", "-", "-", "-")


def test_how_the_service_was_left() -> None:
    unpatched = dataclasses.replace(ONE, patch=None)
    assert report.end_state(ONE) == "restored"
    assert report.end_state(unpatched) == "says good, left broken"
    assert report.end_state(dataclasses.replace(unpatched, exit_code=2)) == "not recovered, says so"
    assert report.end_state(dataclasses.replace(ONE, restored=None)) == "rolled back, not restored"
    assert report.end_state(dataclasses.replace(ONE, configuration_bad=True)) == "pods as before, ConfigMap left broken"


def test_the_tables_are_aligned_and_have_every_group() -> None:
    expert = dataclasses.replace(ONE, contender="expert", phases=())
    lines = report.table([ONE, expert, ONE])
    assert len(lines) == 3
    assert len({line.index("1.00") for line in lines[1:]}) == 1
    assert [line.split() for line in report.phase_table([ONE, expert])] == [
        ["fault", "phase", "wall", "CPU"],
        ["tag", "start", "of", "Ansible", "0.75", "-"],
        ["tag", "all", "4.00", "3.00"],
    ]


def test_the_document_is_plain_json() -> None:
    precise = dataclasses.replace(ONE, signal=1.23456)
    found = json.loads(json.dumps(report.document([precise], {"repeat": 1})))
    assert found["benchmark"] == "recover"
    assert found["repeat"] == 1
    assert found["measurements"][0]["signal"] == 1.235
    assert found["measurements"][0]["phases"][1] == {"name": "all", "seconds": 4.0, "cpu_seconds": 3.0}
