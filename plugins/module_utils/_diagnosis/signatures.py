# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of logs that name a cause, by what they say. Data only; `logs` reads them.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Signature:
    """A pattern of one log line. Its named groups become words. `weight` is how surely the line names the cause."""

    cause: str
    pattern: t.Pattern[str]
    weight: float


def _signatures(*rows: tuple[str, float, tuple[str, ...]]) -> tuple[Signature, ...]:
    return tuple(
        Signature(cause, re.compile(pattern), weight) for cause, weight, patterns in rows for pattern in patterns
    )


_NOT_SET = r"(?:not set|not defined|not found|unset|required|missing|undefined|must be set|empty)"

# The order counts: of two signatures that one line matches, the first is taken.
SPECIFIC = _signatures(
    (
        "missing_dependency",
        0.96,
        (
            r"Cannot find (?:module|package) '(?P<name>[^']+)'",
            r"ModuleNotFoundError: No module named '?(?P<name>[\w.]+)'?",
            r"ImportError: cannot import name '(?P<name>[^']+)'",
            r"ImportError: (?P<name>lib\S+\.so[\w.]*)",
            r"(?:ClassNotFoundException|NoClassDefFoundError): (?P<name>[\w.$/]+)",
            r"Could not find or load main class (?P<name>\S+)",
            r"Unable to access jarfile (?P<name>\S+)",
            r"cannot load such file -- (?P<name>\S+)",
            r"Could not find (?:gem )?'?(?P<name>[\w.-]+)'?.* in (?:any of the sources|locally)",
            r"Bundler::GemNotFound",
            r"Failed opening required '(?P<name>[^']+)'",
            r'Class "(?P<name>[^"]+)" not found',
            r"Could not load file or assembly '(?P<name>[^',]+)",
            r"[Tt]he framework '(?P<name>[^']+)'.* was not found",
            r"You must install or update \.NET",
            r"error while loading shared libraries: (?P<name>[^:\s]+):",
            r"version `(?P<name>[^']+)' not found",
            r"symbol lookup error: (?P<name>[^:\s]+):",
        ),
    ),
    (
        "wrong_host_dns",
        0.95,
        (
            r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN|EAI_NONAME) (?P<host>[\w.-]+)",
            r"lookup (?P<host>[\w.-]+)(?: on \S+)?: no such host",
            r"UnknownHostException: (?P<host>[\w.-]+)",
            r'could not translate host name "(?P<host>[^"]+)" to address',
            r'host not found in upstream "(?P<host>[^":]+)',
            r"getaddrinfo for (?P<host>[\w.-]+) failed",
            r"bad address '(?P<host>[\w.-]+)'",
            r"(?i:could not resolve host(?:name)?)[: ]+(?P<host>[\w.-]+)",
            r"Name or service not known",
            r"Temporary failure in name resolution",
            r"nodename nor servname provided",
            r"php_network_getaddresses",
        ),
    ),
    (
        "db_auth_failed",
        0.93,
        (
            r"password authentication failed for user",
            r"Access denied for user .+@",
            r"WRONGPASS|NOAUTH ",
            r"ORA-01017",
            r"Login failed for user",
            r"(?:Mongo|Sasl|SCRAM).*[Aa]uthentication failed",
            r'role "[^"]+" does not exist',
        ),
    ),
    (
        "rbac_forbidden_at_runtime",
        0.93,
        (r'is forbidden: User \\?"system:serviceaccount:[^"]+" cannot \w+ resource',),
    ),
    ("read_only_filesystem", 0.94, (r"EROFS|[Rr]ead-only file ?system",)),
    ("shm_exhausted", 0.85, (r"Bus error", r"\bdev/shm.*(?:too small|full|[Nn]o space)")),
    ("volume_full", 0.93, (r"ENOSPC|[Nn]o space left on device|Disk quota exceeded",)),
    ("port_in_use", 0.94, (r"EADDRINUSE|[Aa]ddress already in use|bind: Address in use",)),
    ("exec_format_error", 0.95, (r"[Ee]xec format error|cannot execute binary file",)),
    (
        "oom_killed",
        0.85,
        (r"JavaScript heap out of memory|java\.lang\.OutOfMemoryError|runtime: out of memory|Cannot allocate memory",),
    ),
    (
        "tls_certificate_expired",
        0.9,
        (
            r"certificate has expired|CERT_HAS_EXPIRED|x509: certificate|certificate verify failed",
            r"unable to get local issuer certificate|PKIX path building failed",
        ),
    ),
    (
        "command_not_found",
        0.9,
        (
            r"^(?:\S*sh|/\S+)(?:: line)?(?:: \d+)?: (?P<name>[^:\s]+): (?:command )?not found",
            r'exec: "(?P<name>[^"]+)": executable file not found',
            r"(?:env|exec): \W?(?P<name>[\w./-]+)\W?: No such file or directory",
        ),
    ),
    ("permission_denied", 0.9, (r"EACCES|EPERM|[Pp]ermission denied|Operation not permitted|failed \(13: ",)),
    (
        "missing_env_var",
        0.92,
        (
            rf"(?i)\b(?:environment |env )?var(?:iable)?s?\b.{{0,80}}?\b(?:is |are |was )?{_NOT_SET}",
            r"(?i)\b(?:missing|required|undefined|unset|must set)\b.{0,40}\b(?:environment|env var|variable)",
            r"KeyError: '[A-Z][A-Z0-9_]{2,}'",
            r"\w+: parameter (?:null or )?not set",
            rf"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+ (?:is |must be |was )?{_NOT_SET}",
            r"(?i:missing required) .*\b[A-Z][A-Z0-9_]{3,}",
        ),
    ),
    (
        "missing_env_var",
        0.85,
        (r"Missing required (?:configuration|config|setting|option|parameter|key)", r"[Ff]ield required"),
    ),
    (
        "connection_refused",
        0.85,
        (
            r"ECONNREFUSED(?: (?P<address>[\w.:\[\]-]+))?",
            r"dial tcp (?P<address>[\w.:\[\]-]+): connect: connection refused",
        ),
    ),
    ("connection_refused", 0.78, (r"[Cc]onnection refused|could not connect to server",)),
)

GENERIC = _signatures(
    ("segfault", 0.85, (r"[Ss]egmentation fault|SIGSEGV|SIGILL|[Ii]llegal instruction",)),
    (
        "unhandled_exception",
        0.8,
        (
            r"^\s*(?P<line>(?:[\w.$]+\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Failure)(?: \[\w+\])?(?::\s.*)?)$",
            r"(?P<line>^panic: .*|^fatal error: .*|Exception in thread .*|Unhandled [Ee]xception\..*)",
            r"(?P<line>thread '.*' (?:\(\d+\) )?panicked at.*|PHP Fatal error:  .*|APPLICATION FAILED TO START)",
            r"(?P<line>UnhandledPromiseRejection.*|[Uu]ncaught \w+.*|rake aborted!.*)",
            r"(?P<line>[Uu]nhandled (?:[Rr]ejection|error).*)",
        ),
    ),
    (
        "unhandled_exception",
        0.75,
        (
            r"^(?P<line>Error: .*|[A-Z]\w+Error \[\w+\]: .*)",
            r"(?P<line>.*\bUnsupportedClassVersionError\b.*|^Traceback \(most recent call last\):.*)",
        ),
    ),
)

# Most lines of a log hold none of these and need not be compared with every signature.
TELLING = re.compile(
    r"(?i)err|exception|fail|not |no |cannot|can't|could|denied|refused|missing|required|undefined|unset|panic|fatal|"
    r"enotfound|eai_|econn|eacces|eperm|erofs|enospc|eaddr|in use|unable|must|read-only|expired|x509|memory|sig|fault|"
    r"illegal|bus |host|address|symbol|unhandled|uncaught|traceback|aborted|quota|noauth|wrongpass|ora-|php_|pkix|"
    r"unsupported|exit|interrupt|gemnotfound|/shm|forbidden|bad |in any|locally"
)
# The last resort: a line that at least claims to be fatal. It is shown beside the exit code.
FATAL = re.compile(
    r"(?i)\b(?:fatal|panic|error|exception|failed|cannot|could not|unable|denied|refused|invalid|missing)\b"
)
# Lines of a program that goes on, or that quote what others saw.
NOISE = re.compile(
    r"(?i)\b(?:retry(?:ing)?|will retry|attempt \d|WARN(?:ING)?|deprecat\w+|DEBUG|TRACE|INFO|notice|reconnect\w*)\b"
)
