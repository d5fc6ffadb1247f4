# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration that is missing or wrong."""

from __future__ import annotations

from .parts import (
    CONNECT,
    FROM_CONFIG,
    LOOP,
    QUIET,
    Fault,
    config_map,
    deployment,
    node,
    restarted,
    shell,
)

# Connects only where it is told to: the first revision starts well.
_CONNECTS = {
    **node(f"if (process.env.DATABASE_HOST !== 'localhost') {{ {CONNECT} }} setInterval(() => {{}}, 1000);"),
    "env": FROM_CONFIG,
}
# As a client of PostgreSQL prints what the server answers.
_REFUSED_LOGIN = """
const error = new Error('password authentication failed for user "app"');
throw Object.assign(error, {name: 'error', severity: 'FATAL', code: '28P01', routine: 'auth_failed'});
"""
_KEYS = [{"name": "keys", "secret": {"secretName": "keys"}}]

CONFIG: dict[str, Fault] = {
    "config_host": Fault(
        "wrong_host_dns",
        restarted(deployment(_CONNECTS)),
        LOOP,
        deployment(_CONNECTS),
        (config_map({"database_host": "localhost", "log_level": "info"}),),
        {"database_host": "database-new.production.svc.cluster.local", "log_level": "info"},
        sure=0.95,
        rollback_helps=False,
    ),
    "env_host": Fault(
        "wrong_host_dns",
        deployment({**node(CONNECT), "env": [{"name": "DATABASE_HOST", "value": "database-new"}]}),
        LOOP,
        deployment({**shell("sleep 3600"), "env": [{"name": "DATABASE_HOST", "value": "database"}]}),
        sure=0.95,
        rollback_helps=True,
        live=False,
    ),
    "env_missing": Fault(
        "missing_env_var",
        deployment(node("throw new Error('environment variable API_URL is not set')")),
        LOOP,
        sure=0.9,
    ),
    "refused": Fault(
        "connection_refused",
        deployment({**node(CONNECT), "env": [{"name": "DATABASE_HOST", "value": "127.0.0.1"}]}),
        LOOP,
    ),
    "database_login": Fault("db_auth_failed", deployment(node(_REFUSED_LOGIN)), LOOP, sure=0.9),
    "configmap_missing": Fault(
        "configmap_not_found",
        deployment({"env": FROM_CONFIG}),
        ("CreateContainerConfigError",),
        QUIET,
        sure=0.95,
        rollback_helps=True,
    ),
    "key_missing": Fault(
        "config_key_missing",
        deployment({"env": FROM_CONFIG}),
        ("CreateContainerConfigError",),
        None,
        (config_map({"other": "1"}),),
        sure=0.95,
    ),
    "key_missing_volume": Fault(
        "config_key_missing",
        deployment(
            {"volumeMounts": [{"name": "settings", "mountPath": "/settings"}]},
            volumes=[
                {"name": "settings", "configMap": {"name": "settings", "items": [{"key": "web", "path": "web.yaml"}]}}
            ],
        ),
        ("non-existent config key",),
        None,
        (config_map({"other": "1"}),),
        live=False,
    ),
    "secret_missing": Fault(
        "secret_not_found",
        deployment({"envFrom": [{"secretRef": {"name": "keys"}}]}),
        ("CreateContainerConfigError",),
        QUIET,
        sure=0.95,
        rollback_helps=True,
    ),
    "secret_volume": Fault(
        "secret_not_found",
        deployment({"volumeMounts": [{"name": "keys", "mountPath": "/keys"}]}, volumes=_KEYS),
        ("FailedMount",),
        sure=0.9,
        live=False,
    ),
    "path_unknown": Fault(
        "container_config_invalid",
        deployment(
            {"volumeMounts": [{"name": "work", "mountPath": "/work", "subPathExpr": "$(NOWHERE)"}]},
            volumes=[{"name": "work", "emptyDir": {}}],
        ),
        ("CreateContainerConfigError",),
        sure=0.6,
    ),
    "non_root": Fault(
        "security_context_non_root",
        deployment({"securityContext": {"runAsNonRoot": True, "runAsUser": 0}}),
        ("CreateContainerConfigError",),
        sure=0.95,
    ),
}
