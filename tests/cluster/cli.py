"""The command line: `python3 -m tests.cluster --help`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from . import network, registry
from .cluster import DEFAULT_EXTRAS, EXTRAS, Cluster, describe
from .output import ClusterError, say
from .privilege import as_root, is_root


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.cluster", description=__doc__)
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", default=argparse.SUPPRESS, help="which cluster (default: default)")
    parser.add_argument("--name", default="default", help="which cluster (default: default)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, help_: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help_, description=help_, parents=[named])

    up = add("up", "have a cluster running; builds and installs what that needs")
    up.add_argument("--with", dest="extras", action="append", choices=EXTRAS, default=[], help="have this as well")
    down = add("down", "end a cluster and remove all that it put on the machine")
    down.add_argument("--all", action="store_true", help="every cluster of this state folder")
    status = add("status", "show what runs")
    status.add_argument("--json", action="store_true")
    add("build", "build the programs and install the packages, and start nothing")
    add("kubeconfig", "print the kubeconfig's path")
    add("env", "print shell commands that set KUBECONFIG and the other addresses")
    add("audit", "print the path of the API server's audit log")
    kubectl = add("kubectl", "run kubectl on the cluster")
    kubectl.add_argument("arguments", nargs=argparse.REMAINDER)
    inside = add("run", "run a command in the cluster's network namespace")
    inside.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    logs = add("logs", "print a component's log")
    logs.add_argument("component")
    for name, help_ in (
        ("restart", "end a component and start it again"),
        ("stop", "end a component"),
        ("start", "start a component that was stopped"),
        ("pause", "stop a component as it stands (SIGSTOP)"),
        ("resume", "let a paused component go on"),
    ):
        add(name, help_).add_argument("component")
    for name, help_ in (("cut-pod", "drop every packet from and to a pod"), ("restore-pod", "take the cut back")):
        add(name, help_).add_argument("pod", metavar="NAMESPACE/POD")
    node = add("fake-node", "add or remove a node that no machine stands behind")
    node.add_argument("action", choices=("add", "remove"))
    node.add_argument("node")
    node.add_argument("--label", action="append", default=[], metavar="KEY=VALUE")
    node.add_argument("--taint", action="append", default=[], metavar="KEY[=VALUE]:EFFECT")
    node.add_argument("--capacity", action="append", default=[], metavar="RESOURCE=QUANTITY")
    node.add_argument("--kwok", action="store_true", help="pods placed on it run by kwok's word")
    images = add("registry", "list what the registry holds; push, delete, or serve another registry's name")
    images.add_argument("action", choices=("list", "push", "delete", "serve"))
    images.add_argument("references", nargs="*", metavar="REFERENCE")
    prometheus = add("prometheus", "start or stop Prometheus")
    prometheus.add_argument("action", choices=("up", "down"))
    builder = add("images", "build a Dockerfile and push it")
    builder.add_argument("action", choices=("build",))
    builder.add_argument("directory", type=Path)
    builder.add_argument("references", nargs="+", metavar="REFERENCE")
    builder.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    builder.add_argument("--file", type=Path)
    return parser


def _pairs(entries: list[str]) -> dict[str, str]:
    for entry in entries:
        if "=" not in entry:
            raise ClusterError(f"{entry!r} is not NAME=VALUE")
    return dict(entry.split("=", 1) for entry in entries)


def _pod(text: str) -> tuple[str, str]:
    namespace, slash, pod = text.partition("/")
    if not slash:
        raise ClusterError(f"{text!r} is not NAMESPACE/POD")
    return namespace, pod


def _replace_process(command: list[str], environment: dict[str, str] | None = None) -> int:
    sys.stdout.flush()
    os.execvpe(command[0], command, {**os.environ, **(environment or {})})


def _environment(cluster: Cluster) -> str:
    values = {
        "KUBECONFIG": str(cluster.kubeconfig),
        "RESCUE_KUBERNETES_REGISTRY": cluster.registry_url,
        "RESCUE_KUBERNETES_PROMETHEUS": cluster.prometheus_url,
        "PATH": f"{cluster.programs}:{os.environ.get('PATH', '')}",
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def _registry(cluster: Cluster, action: str, references: list[str]) -> None:
    if action == "list":
        for repository in registry.repositories(cluster.layout):
            print(f"{repository}: {' '.join(cluster.registry_tags(repository))}")
    elif action == "push" and len(references) >= 2:
        cluster.push_image(references[0], *references[1:])
    elif action == "delete" and references:
        for reference in references:
            cluster.delete_tag(reference)
    elif action == "serve" and references:
        for name in references:
            cluster.serve_registry(name)
    else:
        wanted = {"push": "IMAGE REFERENCE...", "delete": "REFERENCE...", "serve": "NAME..."}[action]
        raise ClusterError(f"`registry {action}` wants more: registry {action} {wanted}")


def _up(cluster: Cluster, extras: list[str]) -> None:
    cluster.up(with_=(*DEFAULT_EXTRAS, *extras))
    if is_root():  # otherwise root has said so
        say(f"cluster {cluster.name!r} is up")
    print(cluster.kubeconfig)


def _down(cluster: Cluster, everything: bool) -> None:
    for one in Cluster.all() if everything else [cluster]:
        one.down()
        if is_root():
            say(f"cluster {one.name!r} is down")


def _fake_node(cluster: Cluster, options: argparse.Namespace) -> None:
    if options.action == "remove":
        cluster.remove_fake_node(options.node)
    else:
        cluster.add_fake_node(
            options.node, _pairs(options.label), options.taint, _pairs(options.capacity), options.kwok
        )


def _images(cluster: Cluster, options: argparse.Namespace) -> None:
    arguments = _pairs(options.build_arg)
    print(cluster.build_image(options.directory, *options.references, arguments=arguments, file=options.file))


def _perform(options: argparse.Namespace) -> int:  # noqa: C901 - one line a command
    cluster = Cluster(options.name)
    layout = cluster.layout
    match options.command:
        case "up":
            _up(cluster, options.extras)
        case "down":
            _down(cluster, options.all)
        case "build":
            cluster.prepare()
        case "status":
            status = cluster.status()
            print(json.dumps(status, indent=2) if options.json else describe(status))
            return 0 if status["up"] else 1
        case "kubeconfig":
            print(cluster.kubeconfig)
        case "env":
            print(_environment(cluster))
        case "audit":
            print(cluster.audit_log)
        case "kubectl":
            program = str(cluster.programs / "kubectl")
            return _replace_process([program, *options.arguments], {"KUBECONFIG": str(cluster.kubeconfig)})
        case "run":
            words = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
            if not words:
                raise ClusterError("run what? `run -- COMMAND`")
            own = ["--name", cluster.name, "run", "--", *words]
            return _replace_process(network.inside(layout, *words) if is_root() else as_root(own, layout.home))
        case "logs":
            log = cluster.daemon(options.component).log
            if not log.exists():
                raise ClusterError(f"{options.component} has no log: it was never started")
            return subprocess.run(["cat", str(log)], check=False).returncode
        case "restart" | "stop" | "start" | "pause" | "resume":
            getattr(cluster, options.command)(options.component)
        case "cut-pod":
            cluster.cut_pod(*_pod(options.pod))
        case "restore-pod":
            cluster.restore_pod(*_pod(options.pod))
        case "fake-node":
            _fake_node(cluster, options)
        case "registry":
            _registry(cluster, options.action, options.references)
        case "prometheus":
            cluster.prometheus_up() if options.action == "up" else cluster.prometheus_down()
        case "images":
            _images(cluster, options)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    try:
        return _perform(_parser().parse_args(arguments))
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
