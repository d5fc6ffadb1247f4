"""`python3 -m demo.run --fault tag`: an outage on a real cluster and its recovery, with users asking all the time."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from demo import application, outcome
from demo.application import FAULTS, Fault
from demo.load import LoadGenerator
from tests.cluster import Cluster, ClusterError

CHECKOUT = Path(__file__).resolve().parent.parent
NAMESPACE = "production"
REQUESTS_A_SECOND = 50
# The load generator stops by itself, should nobody be left to stop it.
LOAD_SECONDS = 900
PLAYBOOK_SECONDS = 600
# What users see just after the recovery belongs to it: the last pods leave then.
AFTERMATH_SECONDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m demo.run", description=__doc__)
    parser.add_argument(
        "--fault",
        choices=FAULTS,
        default="tag",
        help="; ".join(f"{fault.name}: {fault.title}" for fault in FAULTS.values()),
    )
    fault = FAULTS[parser.parse_args().fault]
    began = time.monotonic()
    try:
        good = Demo(fault).run()
    except ClusterError as error:
        say(f"\nThe demo cannot go on: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. The cluster is still up; `make cluster-down` takes it away, `make demo` starts again.")
        return 130
    say(
        f"\nThe whole demo took {time.monotonic() - began:.0f} s. The cluster stays up: `make cluster-down` removes it."
    )
    return 0 if good else 1


class Demo:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.cluster = Cluster()

    def run(self) -> bool:
        """Break and recover once; False when the end is not the one that this fault should have."""
        playbook = self.prepare()
        with LoadGenerator(self.cluster.kubectl, NAMESPACE, rate=REQUESTS_A_SECOND, seconds=LOAD_SECONDS) as load:
            heading(f"Users ask {REQUESTS_A_SECOND} times a second")
            time.sleep(AFTERMATH_SECONDS)
            say(outcome.before(load.counts()))

            heading(f"The fault: {self.fault.title}")
            broken = time.time()
            for command in self.fault.commands(NAMESPACE):
                say(f"$ kubectl {shlex.join(command)}")
                self.cluster.kubectl(*command)

            heading("The recovery, as a user runs it")
            exit_code = self.recover(playbook)
            over = time.time()
            time.sleep(AFTERMATH_SECONDS)

            heading("What users saw")
            for line in outcome.users(load.counts().since(broken), exit_code, over - broken):
                say(line)
        service = outcome.Service.look(self.cluster.kubectl, NAMESPACE)
        say(service.sentence())
        good, sentences = outcome.judge(self.fault, exit_code, service)
        for sentence in sentences:
            say(sentence)
        if service.database_host != application.database_host(NAMESPACE):
            self.put_configuration_back()
        return good

    def prepare(self) -> str:
        """Have everything that the demo needs, with the good release served; return the ansible-playbook to use."""
        heading("Preparing: a Kubernetes cluster, the images, api-server v2.0.0")
        self.cluster.up(with_=("prometheus",))
        application.build_images(self.cluster)
        playbook = ansible_playbook()
        kubectl = self.cluster.kubectl
        application.deploy_database(kubectl, "staging")
        # Each run tells its story from the first revision on.
        application.remove(kubectl, NAMESPACE)
        application.deploy(kubectl, NAMESPACE)
        say(outcome.Service.look(kubectl, NAMESPACE).sentence())
        return playbook

    def recover(self, playbook: str) -> int:
        """Run the playbook with its output live; return its exit code."""
        command = ["playbooks/recover.yml"]
        for variable in (f"deployment={application.DEPLOYMENT}", f"deployment_namespace={NAMESPACE}"):
            command += ["-e", variable]
        say(f"$ ansible-playbook {shlex.join(command)}")
        # Whatever other cluster this shell is set up for, the demo's is the one to recover.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("K8S_AUTH_")}
        environment["KUBECONFIG"] = str(self.cluster.kubeconfig)
        with subprocess.Popen([playbook, *command], cwd=CHECKOUT, env=environment) as process:
            try:
                exit_code = process.wait(PLAYBOOK_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
                raise ClusterError(f"the playbook did not end within {PLAYBOOK_SECONDS} s") from None
            except KeyboardInterrupt:
                # The terminal has told the playbook as well: let it end in its own way.
                process.wait(30)
                raise
        say(f"(exit code {exit_code})")
        return exit_code

    def put_configuration_back(self) -> None:
        say("The demo now puts the ConfigMap back, as the person who is asked would:")
        for command in application.set_database_host(NAMESPACE, application.database_host(NAMESPACE)):
            say(f"$ kubectl {shlex.join(command)}")
            self.cluster.kubectl(*command)
        application.wait_for_rollout(self.cluster.kubectl, NAMESPACE, application.DEPLOYMENT)
        say(outcome.Service.look(self.cluster.kubectl, NAMESPACE).sentence())


def ansible_playbook() -> str:
    """Return the ansible-playbook to use; makes the project's environment where there is none yet."""
    given = os.environ.get("ANSIBLE_PLAYBOOK")
    if given:
        return given
    ours = CHECKOUT / ".venv" / "bin" / "ansible-playbook"
    if not ours.exists() and subprocess.run(["make", "environment"], cwd=CHECKOUT).returncode != 0:
        raise ClusterError("`make environment` failed: its message stands above")
    return str(ours)


def heading(text: str) -> None:
    say(f"\n== {text} ==")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
