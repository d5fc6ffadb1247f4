"""`make benchmark ARGS="[NAME]..."`: what is named, or all; tables, and as the last line one JSON object.

`recover`: each fault, recovered by recover.yml and by an expert's kubectl script. `diagnosis`: what a verdict costs.
`status`: when a cause is named, a rollout called failed or complete, beside `kubectl rollout status`. `sweep`: a sweep
of 2,000 Deployments beside `kubectl get`, in a cluster of its own.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from demo import application
from demo.application import FAULTS
from demo.run import ansible_playbook
from tests.benchmark import diagnosis, report, status, sweep
from tests.benchmark.contenders import Expert, Ours
from tests.benchmark.measure import Contender, Measurement, measure
from tests.benchmark.observer import Observer
from tests.cluster import Cluster, ClusterError

NAMES = ("recover", "diagnosis", "status", "sweep")
BROKEN = [fault.name for fault in FAULTS.values() if fault.rollback_helps is not None]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make benchmark", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", help=f"{' or '.join(NAMES)}; all when none is given")
    parser.add_argument("--fault", choices=BROKEN, action="append", help="only this one; may be given several times")
    parser.add_argument("--who", choices=("ours", "expert"), action="append", help="only this contender")
    parser.add_argument("--repeat", type=int, default=1, help="how often each is measured; the table has medians")
    parser.add_argument("--case", choices=[case.name for case in status.CASES], action="append", help="of status, only")
    parser.add_argument("--good", type=int, default=20, help="how many good rollouts status follows")
    parser.add_argument("--deployments", type=int, default=2000, help="of the sweep's cluster, with 5 pods each")
    parser.add_argument("--failing", type=int, default=40, help="how many of them find no node")
    parser.add_argument("--keep", action="store_true", help="leave the sweep's cluster up")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error("--repeat needs a number of 1 or more")
    unknown = [name for name in arguments.name if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}: choose of {', '.join(NAMES)}")
    asked = arguments.name or NAMES
    documents: dict[str, Any] = {}
    try:
        if "recover" in asked:
            documents["recover"] = recover(
                arguments.fault or BROKEN, arguments.who or ["ours", "expert"], arguments.repeat
            )
        if "diagnosis" in asked:
            documents["diagnosis"] = diagnosis.run()
        if "status" in asked:
            documents["status"] = status.run(arguments.case, arguments.good)
        if "sweep" in asked:
            documents["sweep"] = sweep.run(
                arguments.deployments, arguments.failing, arguments.repeat, keep=arguments.keep
            )
    except (ClusterError, TimeoutError, RuntimeError) as error:
        print(f"The benchmark cannot go on: {error or 'the cluster did not come to rest in time'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    print(json.dumps(documents))
    return 0


def recover(faults: list[str], contenders: list[str], repeat: int) -> dict[str, Any]:
    """Measure and print the tables; the returned document is what a program reads."""
    began = time.time()
    cluster = Cluster()
    cluster.up(with_=("prometheus",))
    application.build_images(cluster)
    observer_of = functools.partial(Observer, cluster.programs / "kubectl", cluster.kubeconfig)
    measurements: list[Measurement] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        known: dict[str, Contender] = {
            "ours": Ours(ansible_playbook(), cluster.kubeconfig, Path(folder)),
            "expert": Expert(cluster.programs / "kubectl", cluster.kubeconfig),
        }
        for number in range(repeat):
            for fault in faults:
                for name in contenders:
                    say(f"{fault}, {known[name].name} ({number + 1} of {repeat})")
                    namespace = f"benchmark-{fault}-{name}-{time.time_ns() // 1_000_000 % 10**8}"
                    measurements.append(measure(cluster.kubectl, observer_of, FAULTS[fault], known[name], namespace))
    for lines in (report.table(measurements), report.phase_table(measurements)):
        print("\n" + "\n".join(lines))
    print("\nSeconds: `to sign` from the change, `to verdict`, `to PATCH` and `to answering` from that first sign.")
    about = {"started": round(began), "repeat": repeat, "cpus": os.cpu_count(), "load_average": os.getloadavg()[0]}
    return report.document(measurements, about)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
