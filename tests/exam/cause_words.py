# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a tool prints tells a cause."""

from __future__ import annotations

import re
from collections.abc import Collection


def tells(text: str, leaves: Collection[str]) -> bool:
    """Whether the text tells one of the leaves, by words that say more than the symptom."""
    patterns = (_WORDS[leaf] for leaf in leaves if leaf in _WORDS)
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


# Words that tell the cause to who reads them, whichever tool prints them. A restart, a back-off or an exit code by
# itself tells none; the vague leaves of a family are told by its symptom.
_WORDS: dict[str, str] = {
    "image_tag_not_found": r"manifest unknown|not found",
    "image_repo_denied_or_missing": r"pull access denied|may require|access to the resource is denied",
    "image_auth_failed": r"unauthorized|\b40[13]\b|authentication required",
    "registry_unreachable": r"no such host|i/o timeout|connection refused|TLS handshake timeout|Client\.Timeout",
    "registry_tls_untrusted": r"x509",
    "registry_rate_limited": r"toomanyrequests|429",
    "invalid_image_name": r"InvalidImageName|invalid reference format",
    "image_never_pull_absent": r"ErrImageNeverPull|pull policy of Never",
    "image_platform_mismatch": r"no match(ing manifest)? for",
    "image_pull_unknown": r"ImagePull|pulling image",
    "oom_killed": r"OOMKilled|OOM-killed",
    "command_not_found": r"executable file not found|no such file or directory",
    "exec_format_error": r"exec format error",
    "permission_denied": r"permission denied",
    "read_only_filesystem": r"read-only file ?system",
    "exit_nonzero": r"exit(ed)?( with)? (exit )?code [1-9]|\(exit [1-9]|reason is Error|\bError\b|ExitCode:[1-9]",
    "exit_zero_restart_loop": r"\(exit 0\)|reason is Completed",
    "crash_loop_unknown": r"CrashLoop|back-off .* restarting|Crashing repeatedly",
    "configmap_not_found": r'configmap "[^"]+" not found',
    "secret_not_found": r'secret "[^"]+" not found',
    "config_key_missing": r"couldn't find key|non-existent config key",
    "missing_env_var": r"environment variable",
    "wrong_host_dns": r"no such host|name resolution|ENOTFOUND|UnknownHost",
    "security_context_non_root": r"runAsNonRoot",
    "readiness_probe_failing": r"readiness probe",
    "readiness_probe_wrong_port": r"readiness probe.*refused",
    "readiness_probe_wrong_path": r"readiness probe.*\b404\b",
    "liveness_probe_failing": r"liveness probe",
    "liveness_probe_wrong_port": r"liveness probe.*refused",
    "liveness_probe_wrong_path": r"liveness probe.*\b404\b",
    "startup_probe_failing": r"startup probe",
    "insufficient_cpu": r"insufficient cpu",
    "insufficient_memory": r"insufficient memory",
    "insufficient_gpu": r"insufficient [^,]*gpu",
    "insufficient_ephemeral_storage": r"insufficient ephemeral-storage",
    "too_many_pods": r"too many pods",
    "untolerated_taint": r"taint",
    "node_selector_mismatch": r"node affinity/selector|node selector",
    "node_affinity_mismatch": r"node affinity",
    "pod_affinity": r"pod affinity",
    "pod_anti_affinity": r"anti-affinity",
    "topology_spread": r"topology spread",
    "host_port_conflict": r"free ports",
    "node_cordoned": r"unschedulable: |were unschedulable",
    "scheduling_gated": r"gated",
    "unschedulable_unknown": r"unschedulable|could not be scheduled",
    "quota_exceeded": r"exceeded quota",
    "quota_requires_limits": r"must specify",
    "limit_range_violation": r"per (container|pod) is",
    "pod_security_violation": r"PodSecurity",
    "webhook_denied": r"denied the request",
    "webhook_unavailable": r"failed calling webhook",
    "serviceaccount_not_found": r"service ?account .*not found",
    "replica_failure_unknown": r"forbidden|FailedCreate|Replica ?Failure",
    "pvc_not_found": r'persistentvolumeclaim "[^"]+" not found',
    "pvc_unbound": r"unbound",
    "storageclass_not_found": r"storage ?class.*(not found|not exist)",
    "volume_multi_attach": r"multi-attach",
    "volume_attach_failed": r"AttachVolume",
    "volume_full": r"no space left",
    "mount_failed": r"MountVolume",
    "sandbox_creation_failed": r"pod sandbox",
    "evicted": r"evicted",
    "progress_deadline_exceeded": r"progress ?deadline",
}
