# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: containers that end.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import PROGRAM, VAGUE, Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

_IMAGE: frozenset[ChangeKind] = frozenset({"image"})

CRASH = (
    Cause(
        "crash",
        "missing_dependency",
        "The program needs a module, class or library that the image does not hold.",
        "log: `Cannot find module`, `ModuleNotFoundError`, `ClassNotFoundException`, `cannot open shared object file`",
        "Container {container} cannot start: {name} is missing from image {image}.",
        (("fix_image", "Build the image with the missing dependency."),),
        terminal=True,
        decisive=frozenset({"image", "command"}),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "unhandled_exception",
        "The program ended with an error that it did not handle.",
        "log: traceback, panic, uncaught exception",
        "Container {container} ends with an error that it does not handle: {line}",
        (("fix_image", "Correct the program."),),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "oom_killed",
        "The container needed more memory than its limit, and the kernel killed it.",
        "terminated with reason OOMKilled; `container init was OOM-killed`; `JavaScript heap out of memory`",
        "Container {container} was killed for using more memory than its limit{limit}.",
        (("raise_memory", "Raise the memory limit, or make the program use less."),),
        decisive=frozenset({"resources"}),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "command_not_found",
        "The container's command is not in the image.",
        "`executable file not found in $PATH`, `no such file or directory` at start, exit 127",
        "Container {container} cannot start: {name} is not in image {image}.",
        (("fix_command", "Correct the command, or the image that should hold it."),),
        terminal=True,
        decisive=frozenset({"image", "command"}),
    ),
    Cause(
        "crash",
        "exec_format_error",
        "The program is built for another processor, or its script has no interpreter line.",
        "log or status: `exec format error`",
        "Container {container} cannot start: its program is not built for this node (exec format error).",
        (("fix_image", "Build the image for the nodes' platform."),),
        terminal=True,
        decisive=frozenset({"image", "command"}),
    ),
    Cause(
        "crash",
        "permission_denied",
        "The program may not read, write or bind what it needs.",
        "log or status: `permission denied`, `EACCES`, `Operation not permitted`, exit 126",
        "Container {container} is refused what it needs: {line}",
        (("patch_workload", "Correct runAsUser, fsGroup or capabilities, or the files' owner in the image."),),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "read_only_filesystem",
        "The program writes where the file system is read-only.",
        "log: `Read-only file system`, `EROFS`",
        "Container {container} writes to a read-only file system: {line}",
        (("patch_workload", "Mount a writable volume (emptyDir) there, or do not set readOnlyRootFilesystem."),),
        decisive=frozenset({"other", "config"}),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "port_in_use",
        "Another process of the pod or the node listens on the port.",
        "log: `EADDRINUSE`, `address already in use`",
        "Container {container} cannot listen: the port is in use by another process.",
        (("patch_workload", "Give the containers of the pod ports of their own."),),
        plausible=frozenset({"image", "env", "config", "command", "ports", "other"}),
    ),
    Cause(
        "crash",
        "shm_exhausted",
        "The program needs more shared memory than /dev/shm has (64 MiB by default).",
        "exit 135, log: `Bus error`, `/dev/shm`",
        "Container {container} ended for want of shared memory (/dev/shm).",
        (("patch_workload", "Mount an emptyDir of medium Memory at /dev/shm."),),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "tls_certificate_expired",
        "A certificate that the program relies on is expired or not trusted.",
        "log: `certificate has expired`, `x509:`, `PKIX path building failed`",
        "Container {container} does not accept a certificate: {line}",
        (("renew_certificate", "Renew the certificate, or give the program the authority that signed it."),),
        plausible=frozenset({"image", "env", "config"}),
    ),
    Cause(
        "crash",
        "segfault",
        "The program accessed memory that is not its own, or an instruction that the processor lacks.",
        "exit 139 or 132, log: `Segmentation fault`",
        "Container {container} crashed in native code (exit code {code}).",
        (("fix_image", "Correct the program, or build it for these processors."),),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "exit_zero_restart_loop",
        "The program ends successfully, but a workload's container must not end.",
        "terminated with exit code 0 (Completed), again and again",
        "Container {container} ends with success at once, so it is started again and again.",
        (("fix_command", "Run a command that stays, or use a Job."),),
        decisive=frozenset({"command"}),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "lifecycle_hook_failed",
        "The command that should run after the start of the container failed.",
        "PostStartHookError, event FailedPostStartHook",
        "The postStart hook of container {container} fails.",
        (("patch_workload", "Correct the postStart hook."),),
        decisive=frozenset({"other"}),
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "exit_nonzero",
        "The program ends with an error, and nothing that was recorded says why.",
        "terminated with an exit code that is not 0, without a telling log",
        "Container {container} ends with exit code {code}{line}.",
        (("inspect", "Read the container's log."),),
        depth=VAGUE,
        plausible=PROGRAM,
    ),
    Cause(
        "crash",
        "crash_loop_unknown",
        "The container is started again and again; how it ended is not recorded.",
        "CrashLoopBackOff without a terminated state",
        "Container {container} is started again and again; how it ends is not recorded.",
        (("inspect", "Read the container's log."),),
        depth=VAGUE,
        plausible=PROGRAM,
    ),
)
