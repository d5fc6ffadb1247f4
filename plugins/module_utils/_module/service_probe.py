# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service_probe module does: is the workload reached and does it answer, asked through the API server.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import dataclasses
import json
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.client import Client
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError, NotFoundError
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.follow import Follower
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.paths import (
    check_path,
    collection_path,
    object_path,
    proxy_path,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.workload import resolve_workload
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.expression import compiled
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.run import ProgressFile, Stopwatch, run_module
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import (
    JsonObject,
    desired_replicas,
    name_of,
    namespace_of,
    text,
    uid_of,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.service import (
    Question,
    questions_for,
    ready_addresses,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.snapshot import selecting_services

SECONDS_BETWEEN_QUESTIONS = 0.2
QUESTION_TIMEOUT = 5.0


@dataclasses.dataclass(frozen=True)
class ProbeOptions:
    """The module's own options; `timeout` and `soak` are seconds."""

    kind: str
    name: str
    namespace: str | None
    service: list[str] | None
    port: str | None
    path: list[str] | None
    expected_status: list[int] | None
    expect_text: str | None
    expect_json: str | None
    successes: int
    timeout: int
    soak: int
    progress_file: str | None

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> ProbeOptions:
        """Take the options out of a module's parameters; empty ones are unset. Raises InvalidOptionError."""
        values = {field.name: params[field.name] for field in dataclasses.fields(cls)}
        for name in ("service", "port", "path", "expected_status", "expect_text", "expect_json"):
            values[name] = values[name] or None
        options = cls(**values)
        for path in options.path or []:
            check_path(path)
        if options.successes < 1:
            raise InvalidOptionError(
                f"successes is {options.successes}: give how many good answers in a row are wanted, at least 1.",
                details={"option": "successes"},
            )
        return options


@dataclasses.dataclass
class Tally:
    """What came of one question so far. `failures` counts each kind of bad answer."""

    question: Question
    asked: int = 0
    good: int = 0
    in_a_row: int = 0
    status: int = 0
    failures: dict[str, int] = dataclasses.field(default_factory=dict)
    not_asked: str = ""

    def count(self, problem: str | None) -> None:
        """Count one answer; None is a good one."""
        self.asked += 1
        self.in_a_row = self.in_a_row + 1 if problem is None else 0
        if problem is None:
            self.good += 1
        else:
            self.failures[problem] = self.failures.get(problem, 0) + 1

    def to_dict(self) -> JsonObject:
        """Shape: `{service, port, path, asked, good, failures: {problem: count}, not_asked}`."""
        return {
            **dataclasses.asdict(self.question),
            "asked": self.asked,
            "good": self.good,
            "status": self.status,
            "failures": self.failures,
            "not_asked": self.not_asked,
        }


class ServiceProbe:
    """Asks until every question was answered well often enough in a row, or the time is up."""

    def __init__(self, client: Client, options: ProbeOptions) -> None:
        self._client = client
        self._options = options
        self._stopwatch = Stopwatch()
        self._progress = ProgressFile(options.progress_file, self._stopwatch)
        self._expression = compiled("expect_json", options.expect_json)

    def run(self) -> JsonObject:
        """The module's result."""
        options = self._options
        workload = resolve_workload(self._client, options.kind, options.name, options.namespace)
        services = self._services(workload)
        tallies = [
            Tally(question)
            for service in services
            for question in questions_for(workload, service, options.port, options.path)
        ]
        if not services:
            return self._result(workload, desired_replicas(workload), {}, tallies, 0)
        with Follower(self._client, workload, with_events=False) as follower:
            return self._watch(follower, services, tallies)

    def _watch(self, follower: Follower, services: list[JsonObject], tallies: list[Tally]) -> JsonObject:
        options = self._options
        workload = follower.snapshot.workload
        ends_at = time.monotonic() + options.timeout
        soak_until: float | None = None
        soak_failures = 0
        while True:
            wanted = desired_replicas(follower.snapshot.workload)
            endpoints = self._endpoints(follower, services)
            bad = sum(self._ask(workload, tally) for tally in tallies)
            good = all(count >= wanted for count in endpoints.values()) and all(
                tally.not_asked or tally.in_a_row >= options.successes for tally in tallies
            )
            self._progress.say(_words(wanted, endpoints, tallies) + ("; watching on" if soak_until else ""))
            now = time.monotonic()
            if soak_until is not None:
                soak_failures += bad
                if now >= soak_until:
                    break
            elif good:
                if not options.soak:
                    break
                soak_until = now + options.soak
            elif now >= ends_at:
                break
            time.sleep(SECONDS_BETWEEN_QUESTIONS)
            follower.changed(0)
        return self._result(workload, wanted, endpoints, tallies, soak_failures)

    def _services(self, workload: JsonObject) -> list[JsonObject]:
        namespace = namespace_of(workload)
        if not self._options.service:
            found = self._client.list(collection_path("Service", namespace)).items
            return selecting_services(workload, found)
        return [self._service(namespace, name) for name in self._options.service]

    def _service(self, namespace: str, name: str) -> JsonObject:
        try:
            return self._client.get(object_path("Service", namespace, name))
        except NotFoundError as error:
            raise NotFoundError(
                f'There is no Service "{name}" in namespace "{namespace}". Leave service out to ask those whose '
                "selector matches the workload.",
                details={**error.details, "service": name},
            ) from error

    def _endpoints(self, follower: Follower, services: list[JsonObject]) -> dict[str, int]:
        uids = {uid_of(pod) for pod in follower.snapshot.new_pods}
        found = {}
        for service in services:
            slices = self._client.list(
                collection_path("EndpointSlice", namespace_of(follower.snapshot.workload)),
                {"labelSelector": f"kubernetes.io/service-name={name_of(service)}"},
            ).items
            found[name_of(service)] = ready_addresses(slices, uids)
        return found

    def _ask(self, workload: JsonObject, tally: Tally) -> int:
        """Ask once; 1 for a bad answer."""
        question = tally.question
        path = proxy_path(
            "Service", namespace_of(workload), question.service, question.port, question.path, scheme=question.scheme
        )
        answer = self._client.proxy(path, timeout=QUESTION_TIMEOUT)
        if not answer.asked:
            tally.not_asked = answer.problem or "the API server could not ask it"
            return 0
        tally.not_asked = ""
        tally.status = answer.status
        problem = self._problem(answer.status, answer.body)
        tally.count(problem)
        return 0 if problem is None else 1

    def _problem(self, status: int, body: str) -> str | None:
        expected = self._options.expected_status
        if not (status in expected if expected else 200 <= status < 400):
            return f"status {status}"
        if self._options.expect_text and self._options.expect_text not in body:
            return "expected text is missing"
        if self._expression is not None:
            try:
                value = self._expression.search(json.loads(body))
            except ValueError:
                return "the body is not the expected JSON"
            if value is not True:
                return "expect_json is not true"
        return None

    def _result(
        self, workload: JsonObject, wanted: int, endpoints: dict[str, int], tallies: list[Tally], soak_failures: int
    ) -> JsonObject:
        verdict, message = _verdict(wanted, endpoints, tallies, self._options, soak_failures)
        return {
            "changed": False,
            "kind": text(workload.get("kind")),
            "name": name_of(workload),
            "namespace": namespace_of(workload),
            "verdict": verdict,
            "message": message,
            "endpoints": {name: {"ready": ready, "desired": wanted} for name, ready in endpoints.items()},
            "questions": [tally.to_dict() for tally in tallies],
            "calls": len(self._client.calls),
            "timing": self._stopwatch.to_dict(),
        }


def _verdict(
    wanted: int, endpoints: dict[str, int], tallies: list[Tally], options: ProbeOptions, soak_failures: int
) -> tuple[str, str]:
    if not endpoints:
        return "unknown", "No Service selects these pods, so none could be asked."
    words = _words(wanted, endpoints, tallies)
    if soak_failures:
        return "fail", f"{words}; {soak_failures} bad answers in {options.soak} s of watching"
    if any(ready < wanted for ready in endpoints.values()):
        return "fail", words
    unasked = [tally for tally in tallies if tally.not_asked]
    if any(tally.in_a_row < options.successes for tally in tallies if not tally.not_asked):
        return "fail", words
    if not tallies:
        return "unknown", f"{words}; not asked: no HTTP probe names a path (give path)"
    if unasked:
        return "unknown", words
    return "pass", words


def _words(wanted: int, endpoints: dict[str, int], tallies: list[Tally]) -> str:
    parts = [f"{name}: {ready} of {wanted} endpoints ready" for name, ready in endpoints.items()]
    for tally in tallies:
        question = tally.question
        if tally.not_asked:
            parts.append(f"{question.path} not asked ({tally.not_asked})")
        elif tally.in_a_row:
            parts.append(f"{question.path} answers {tally.status}")
        else:
            parts.append(f"{question.path}: {', '.join(tally.failures)}")
    return ", ".join(parts)


ARGUMENT_SPEC: dict[str, t.Any] = {
    "service": {"type": "list", "elements": "str"},
    "port": {"type": "str"},
    "path": {"type": "list", "elements": "str"},
    "expected_status": {"type": "list", "elements": "int"},
    "expect_text": {"type": "str"},
    "expect_json": {"type": "str"},
    "successes": {"type": "int", "default": 5},
    "timeout": {"type": "int", "default": 30},
    "soak": {"type": "int", "default": 0},
    "fail": {"type": "bool", "default": True},
    "progress_file": {"type": "path"},
}


def main() -> None:
    """Run the module."""

    def body(client: Client, module: AnsibleModule) -> JsonObject:
        result = ServiceProbe(client, ProbeOptions.from_params(module.params)).run()
        if module.params["fail"] and result["verdict"] == "fail":
            return {**result, "msg": f"{result['name']} in {result['namespace']}: {result['message']}"}
        return result

    run_module(ARGUMENT_SPEC, body)
