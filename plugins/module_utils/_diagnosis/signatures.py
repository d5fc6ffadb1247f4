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


_NOT_SET = (
    r"(?:not set|not defined|not found|not provided|not specified|not configured|unset|required|missing|undefined|"
    r"must be (?:set|provided|defined|specified)|(?:can ?not|may not|must not|should not) be (?:empty|blank|null)|"
    r"empty)"
)
# What a resolver of the cluster is asked on: the name was never answered, neither yes nor no.
_RESOLVER_SILENT = (
    r"(?:(?:read|write|dial) (?:udp|tcp)\S* .*?"
    r"(?:i/o timeout|connection refused|no route to host|unreachable|not permitted)|"
    r"i/o timeout|connection refused|server misbehaving|SERVFAIL|Temporary failure in name resolution|try again)"
)
_LOGIN_REFUSED = r"(?:[Aa]uthentication (?:failed|failure|error)|invalid (?:password|credentials)|[Uu]nauthorized)"
_EXCEPTION = r"(?:[\w.$]+[.:]+)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Failure|Fault)"

# The order counts: of two signatures that one line matches, the first is taken.
SPECIFIC = _signatures(
    (
        "missing_dependency",
        0.96,
        (
            r"Cannot find (?:module|package) '(?P<name>[^']+)'",
            r"(?:Could not|Can't) resolve (?:module )?'(?P<name>[^']+)'",
            r"ModuleNotFoundError: No module named '?(?P<name>[\w.]+)'?",
            r"ImportError: No module named '?(?P<name>[\w.]+)'?",
            r"^(?:\S*python[\d.]*: )?No module named '?(?P<name>[\w.]+)'?",
            r"ImportError: cannot import name '?(?P<name>[^'\s]+)'?",
            r"ImportError: (?P<name>lib\S+\.so[\w.]*)",
            r"DistributionNotFound: The '(?P<name>[^']+)' distribution was not found",
            r'Could not import module "(?P<name>[^"]+)"',
            r"(?:PackageNotFoundError: )(?:No package metadata was found for )?(?P<name>[\w.-]+)",
            r"(?:ClassNotFoundException|NoClassDefFoundError)(?:: (?P<name>[\w.$/]+))?",
            r"Could not find or load main class (?P<name>\S+)",
            r"Unable to access jarfile (?P<name>\S+)",
            r"Error opening zip file or JAR manifest missing\s*: (?P<name>\S+)",
            r"no main manifest attribute, in (?P<name>\S+)",
            r"cannot load such file -- (?P<name>\S+)",
            r"Could not find (?:gem )?'?(?P<name>[\w.-]+)'?.* in (?:any of the sources|locally)",
            r"Bundler::GemNotFound",
            r"can't find gem (?P<name>[\w.-]+)",
            r"Failed opening required '(?P<name>[^']+)'",
            r'Class ["\'](?P<name>[^"\']+)["\'] not found',
            r"Call to undefined function (?P<name>[\w\\]+)\(\)",
            r"Could not open input file: (?P<name>\S+)",
            r"Can't locate (?P<name>\S+\.pm) in @INC",
            r"Could not load file or assembly '(?P<name>[^',]+)",
            r"An assembly specified in the application dependencies manifest .* was not found",
            r"The application '(?P<name>[^']+)' does not exist",
            r"The application to execute does not exist: '(?P<name>[^']+)'",
            r"The command could not be loaded, possibly because",
            r"DllNotFoundException: Unable to load (?:shared library|DLL) '(?P<name>[^']+)'",
            r"[Tt]he framework '(?P<name>[^']+)'.* was not found",
            r"You must install or update \.NET",
            r"error while loading shared libraries: (?P<name>[^:\s]+):",
            r"Error loading shared library (?P<name>[^:\s]+):",
            r"Error relocating (?P<name>[^:\s]+): \S+: symbol not found",
            r"(?P<name>[\w.+/-]+\.so[\w.]*): cannot open shared object file",
            r"version `(?P<name>[^']+)' not found",
            r"symbol lookup error: (?P<name>[^:\s]+):",
            r'plugin\.Open\("(?P<name>[^"]+)"\)',
            r"can't open file '(?P<name>[^']+)': \[Errno 2\]",
            r"error: Module not found \"(?P<name>[^\"]+)\"",
        ),
    ),
    (
        "rbac_forbidden_at_runtime",
        0.93,
        (
            r"is forbidden: User \\?[\"']system:serviceaccount:[^\"']+[\"'] cannot \w+ (?:resource|path)",
            r"User \\?[\"']system:serviceaccount:[^\"']+[\"'] cannot \w+",
            r"system:serviceaccount:\S+ (?:is not allowed|is not authorized|does not have permission|cannot)",
        ),
    ),
    (
        "dns_resolution_failed",
        0.92,
        (
            r"getaddrinfo EAI_AGAIN (?P<host>[\w.-]+)",
            rf"lookup (?P<host>[\w.-]+)(?: on \S+)?: {_RESOLVER_SILENT}",
            r"UnknownHostException: (?P<host>[\w.-]+): Temporary failure in name resolution",
            r'could not translate host name "(?P<host>[^"]+)" to address: (?:Temporary failure|Try again)',
            r"getaddrinfo for (?P<host>[\w.-]+) failed: (?:Temporary failure|Try again)",
            r"(?P<host>[\w.-]+) could not be resolved \((?:110: Operation timed out|2: Server failure|111: )",
            r"Failed to resolve '(?P<host>[^']+)'.*(?:Temporary failure in name resolution|Try again)",
            r"Temporary failure (?:in name resolution|resolving)(?: '(?P<host>[\w.-]+)')?",
            r"query\w+ (?:ETIMEOUT|ESERVFAIL|ECONNREFUSED|EREFUSED) (?P<host>[\w.-]+)",
            r"\bEAI_AGAIN\b",
            r"getaddrinfo failed: Try again|\[Errno -3\] Try again|Name does not resolve, try again",
            r"SocketException \(11\)|Resource temporarily unavailable \((?P<host>[\w.-]+):\d+\)",
            r"connection timed out; no servers could be reached|no servers could be reached",
            r"communications error to \S+#53: (?:timed out|connection refused)",
            r"Could not contact DNS servers|DNS (?:server|resolution|lookup|query) (?:timed out|timeout)",
            r"[Rr]esolving timed out after",
            r"DNSException.*(?:timed out|SERVFAIL)|DNS(?:Name|Query)?.*\bSERVFAIL\b",
            r"can't resolve '(?P<host>[\w.-]+)': (?:Try again|Temporary failure)",
        ),
    ),
    (
        "wrong_host_dns",
        0.95,
        (
            r"getaddrinfo (?:ENOTFOUND|EAI_NONAME|ENODATA) (?P<host>[\w.-]+)",
            r"query(?:A|Aaaa|Srv|Txt) (?:ENOTFOUND|ENODATA) (?P<host>[\w.-]+)",
            r"\bENOTFOUND (?P<host>[\w.-]+)",
            r"lookup (?P<host>[\w.-]+)(?: on \S+)?: no such host",
            r"UnknownHostException: (?P<host>[\w.-]+)",
            r'could not translate host name "(?P<host>[^"]+)" to address',
            r'host not found in (?:upstream|resolver|set_real_ip_from|proxy_pass)? ?"(?P<host>[^":/]+)',
            r"(?P<host>[\w.-]+) could not be resolved \(3: Host not found\)",
            r"getaddrinfo for (?P<host>[\w.-]+) failed",
            r"Failed to resolve '(?P<host>[^']+)'",
            r"Name resolution failed for target (?:dns:)?(?:///)?(?P<host>[\w.-]+)",
            r"Unknown MySQL server host '(?P<host>[^']+)'",
            r"bad address '(?P<host>[\w.-]+)",
            r"bad address:? (?P<host>[\w-]+(?:\.[\w-]+)+)",
            r"(?i:could not resolve host(?:name)?)[: ]+\"?(?P<host>[\w.-]+)",
            r"unable to resolve host(?: address)? [\W]?(?P<host>[\w.-]+)",
            r"(?:can't|cannot|could not|couldn't|failed to) resolve \W?(?P<host>[\w-]+(?:\.[\w-]+)+)\W?(?::|$)",
            r"(?:can't|cannot|could not|couldn't|failed to) resolve (?:host(?:name)? |')\W?(?P<host>[\w.-]+)",
            r"(?:server can't find|host) (?P<host>[\w.-]+):? (?:NXDOMAIN|not found: 3)",
            r"Name or service not known \((?P<host>[\w.-]+):\d+\)",
            r"No such host is known\.? \((?P<host>[\w.-]+):\d+\)",
            r"(?:Name or service not known|Name does not resolve)[^\w]+(?P<host>[\w-]+(?:\.[\w-]+)+)$",
            r"Name or service not known|Name does not resolve|No such host is known",
            r"nodename nor servname provided",
            r"php_network_getaddresses",
            r"failed to lookup address information",
            r"NXDOMAIN|no such host\b|Host is unresolvable|UnresolvedAddressException|UnknownHostException",
        ),
    ),
    (
        "db_auth_failed",
        0.93,
        (
            r"password authentication failed for user",
            r"Access denied for user .+@",
            r"no pg_hba\.conf entry for host",
            r"WRONGPASS|NOAUTH |NOPERM |invalid username-password pair|ERR invalid password|ERR AUTH ",
            r"ORA-01017|ORA-28000|ORA-28001",
            r"redis\.exceptions\.AuthenticationError",
            r"Login failed for user",
            r"(?i:mongo|sasl|scram).*[Aa]uthentication failed",
            r"MongoServerError: (?:bad auth|Authentication failed|command \w+ requires authentication)",
            r"not authorized on \S+ to execute command|UserNotFound|Could not find user",
            r"AuthenticationFailed: |bad auth\b.*[Aa]uthentication failed",
            r"ACCESS_REFUSED|PLAIN login refused|username or password not allowed",
            r'role "[^"]+" does not exist',
            r"SaslAuthenticationException|SASL authentication (?:failed|error)|SCRAM authentication failed",
            rf"(?:AMQP|Kafka|Redis|Postgres|MySQL|Elasticsearch|[Dd]atabase).{{0,60}}{_LOGIN_REFUSED}",
            r"security_exception.*(?:unable to authenticate|missing authentication credentials)",
            r"(?:28P01|SQLSTATE\[HY000\] \[1045\])",
            r"Cannot authenticate using|AuthenticationException: .*(?:credentials|password)",
        ),
    ),
    (
        "read_only_filesystem",
        0.94,
        (r"EROFS|[Rr]ead-only file ?system|ReadOnlyFileSystemException|Read-only variable file system",),
    ),
    (
        "shm_exhausted",
        0.88,
        (
            r"Bus error",
            r"\bdev/shm.*(?:too small|full|[Nn]o space|[Nn]ot enough|less than)",
            r"could not resize shared memory segment",
            r"(?:insufficient|out of) shared memory|unable to (?:open|write to|allocate) shared memory",
            r"Creating shared memory in /dev/shm\S* failed",
        ),
    ),
    (
        "volume_full",
        0.93,
        (
            r"ENOSPC(?!.*(?:file watchers|inotify))|[Nn]o space left on device|Disk quota exceeded|EDQUOT",
            r"There is not enough space on the disk|[Nn]ot enough (?:free )?disk space",
            r"disk full|disk usage exceeded flood",
        ),
    ),
    (
        "port_in_use",
        0.94,
        (
            r"EADDRINUSE|[Aa]ddress (?:is )?already in use|[Aa]ddress in use|Only one usage of each socket address",
            r"[Pp]ort \d+ (?:is|was) (?:already )?(?:in use|allocated|taken)|port is already (?:allocated|in use)",
        ),
    ),
    (
        "exec_format_error",
        0.95,
        (r"[Ee]xec format error|cannot execute binary file|cannot execute: required file not found.*ELF|ENOEXEC",),
    ),
    (
        "oom_killed",
        0.85,
        (
            r"JavaScript heap out of memory|java\.lang\.OutOfMemoryError|runtime: out of memory|Cannot allocate memory",
            r"OutOfMemoryException|\bENOMEM\b|Allowed memory size of \d+ bytes exhausted",
            r"^MemoryError\b|memory allocation of \d+ bytes failed|std::bad_alloc|NoMemoryError",
            r"[Oo]ut of memory: Kill|insufficient memory for the Java Runtime|Perhaps out of memory\?",
            r"line \d+:\s+\d+ Killed\b",
        ),
    ),
    (
        "tls_certificate_expired",
        0.9,
        (
            r"certificate has expired|CERT_HAS_EXPIRED|certificate (?:is )?expired|CertificateExpiredException",
            r"NotAfter: |x509: certificate|certificate verify failed|CERTIFICATE_VERIFY_FAILED",
            r"unable to get local issuer certificate|PKIX path (?:building|validation) failed",
            r"self[- ]signed certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|DEPTH_ZERO_SELF_SIGNED_CERT",
            r"remote certificate is invalid|SSLHandshakeException|certificate signed by unknown authority",
        ),
    ),
    (
        "command_not_found",
        0.9,
        (
            r"^(?:\S*sh|/\S+)(?:: line \d+|: \d+)?: (?P<name>[^:\s]+): (?:command )?not found",
            r'exec: "(?P<name>[^"]+)": executable file not found',
            r"(?:env|exec): \W?(?P<name>[\w./-]+)(?:\\r)?\W?: (?:No such file or directory|not found)",
            r"^exec (?P<name>/?[\w./-]+): no such file or directory",
            r"exec user process caused:? \W?no such file or directory",
            (
                r"^(?:\S*sh)(?:: line \d+|: \d+)?: (?:exec: )?(?P<name>/[^:\s]+): "
                r"(?:No such file or directory|cannot execute|bad interpreter)"
            ),
            r"^(?:\S*sh): \d+: (?:exec|Can't open|cannot open) (?P<name>\S+)",
            r"^\S*sh: can't open '(?P<name>[^']+)'",
            r"(?P<name>\S+): bad interpreter: No such file or directory",
            r"\[FATAL tini \(\d+\)\] exec (?P<name>\S+) failed: No such file or directory",
            r"(?:docker-)?entrypoint\S*: (?:line )?\d+: (?:exec: )?(?P<name>[^:\s]+): not found",
            r"spawn (?P<name>\S+) ENOENT",
            r"npm (?:ERR!|error) [Mm]issing script:? \W?(?P<name>[\w:.-]+)",
        ),
    ),
    (
        "permission_denied",
        0.9,
        (
            r"EACCES|EPERM|[Pp]ermission denied|Operation not permitted|failed \(13: |AccessDeniedException",
            r"UnauthorizedAccessException|Access to the path '[^']*' is denied|PermissionError|Errno::EACCES",
            r"listen tcp \S*:\d+: bind: permission denied|must be run as root|are you root\?",
        ),
    ),
    (
        "missing_env_var",
        0.92,
        (
            rf"(?i)\b(?:environment |env )?var(?:iable)?s?\b(?!\.js).{{0,80}}?\b(?:is |are |was )?{_NOT_SET}\b",
            (
                r"(?i)\b(?:missing|required|undefined|unset|must set|please set|need to set|set the|expected)\b.{0,40}"
                r"\b(?:environment|env[- ]?vars?)\b"
            ),
            r"(?i)\bmissing (?:required )?variables?\b",
            r"KeyError: '[A-Z][A-Z0-9_]{2,}'",
            r"key not found: \"[A-Z][A-Z0-9_]{2,}\"",
            r"\w+: parameter (?:null or )?not set",
            r"^(?:\S+: )?(?:line )?\d+: \w+: (?:unbound variable|parameter not set)",
            r"[A-Z][A-Z0-9_]{2,}: unbound variable",
            rf"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\W? (?:is |must be |was |has )?(?:not been set|{_NOT_SET})",
            r"(?i:missing required) .*\b[A-Z][A-Z0-9_]{3,}",
            r"(?i:missing|undefined|unset|no value for)[: ]+[\"'`$]?[A-Z][A-Z0-9]*_[A-Z0-9_]{2,}",
            r"\"path\":\s?\[\"[A-Z][A-Z0-9_]{2,}\"\].*[Rr]equired",
            r"environment variable not found|NotPresent\b.*env|VarError",
            r"Could not resolve placeholder '(?P<name>[^']+)'",
            r"ImproperlyConfigured: .*(?:setting|environment|must not be empty)",
            r"(?:Database is uninitialized and|You need to specify one of).*(?:password|PASSWORD)",
            r"You must specify POSTGRES_PASSWORD|superuser password is not specified",
        ),
    ),
    (
        "missing_env_var",
        0.85,
        (
            r"Missing required (?:configuration|config|setting|option|parameter|key|argument|flag)",
            r"[Ff]ield required|validation errors? for Settings",
            (
                r"(?:required|mandatory) (?:configuration|config|setting|option|key|parameter|property) .{0,60}"
                r"(?:not set|missing|not found|is empty)"
            ),
            r"required flag\(s\) .* not set",
        ),
    ),
    (
        "connection_refused",
        0.85,
        (
            r"ECONNREFUSED(?: (?P<address>[\w.:\[\]-]+))?",
            r"dial tcp (?P<address>[\w.:\[\]-]+): connect: connection refused",
            r"Connection refused \((?P<address>[\w.-]+:\d+)\)",
            r"Failed to connect to (?P<address>[\w.-]+ port \d+).*(?:Couldn't connect|Connection refused)",
            (
                r"[Cc]onnection to (?:server at )?\W?(?P<address>[\w.:-]+)\W?(?: \([\d.]+\))?[,:]? "
                r"(?:port \d+ )?(?:failed: Connection )?refused"
            ),
        ),
    ),
    (
        "connection_refused",
        0.78,
        (
            r"[Cc]onnection refused|could not connect to server|actively refused it|ConnectionRefusedError",
            r"NoBrokersAvailable|[Cc]an't connect to (?:MySQL|local MySQL) server|ServerSelectionTimeoutError.*refused",
            r"Broker may not be available|ORA-12541",
        ),
    ),
    (
        "connection_timeout",
        0.8,
        (
            r"connect ETIMEDOUT(?: (?P<address>[\w.:\[\]-]+))?",
            r"Connection to (?P<address>[\w.-]+) timed out",
            r"dial tcp (?P<address>[\w.:\[\]-]+): (?:connect: connection timed out|i/o timeout)",
            r"connect to (?P<address>[\w.-]+(?: port \d+| \[[^\]]+\](?:/[\d.]+)?)?)\W.*(?:[Tt]imed out|[Tt]imeout)",
            r"ETIMEDOUT|ESOCKETTIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT",
            r"ConnectTimeout(?:Error|Exception)?|ConnectionTimeout(?:Error|Exception)?|SocketTimeoutException|HttpConnectTimeoutException",
            r"[Cc]onnect(?:ion|ing)?(?: \w+){0,4} (?:timed out|timeout)|download timed out|[Oo]peration timed out",
            r"Failed to connect to (?P<address>[\w.-]+(?: port \d+)?).*(?:[Tt]imed out|[Tt]imeout|No route to host)",
            r"No route to host|NoRouteToHostException|network is unreachable|Network is unreachable",
            r"ORA-12170|Connection is not available, request timed out",
            r"dial tcp.*i/o timeout|upstream timed out|ServerSelectionTimeoutError|[Tt]imeout expired",
            r"(?:failed|error|unable|cannot|could not).{0,80}context deadline exceeded",
            r"[Tt]imed out (?:waiting for|while connecting|connecting)|[Tt]imeout (?:while )?connecting to",
        ),
    ),
)

GENERIC = _signatures(
    (
        "segfault",
        0.85,
        (
            r"[Ss]egmentation fault|\bSIGSEGV\b|\bSIGILL\b|[Ii]llegal instruction|core dumped",
            r"A fatal error has been detected by the Java Runtime",
        ),
    ),
    (
        "unhandled_exception",
        0.8,
        (
            rf"^\s*(?:Caused by: |---> |\[cause\]: )?(?P<line>{_EXCEPTION}(?: \[\w+\])?(?: \(\w+\))?(?::\s.*)?)$",
            r"(?P<line>^panic: .*|^fatal error: .*|Exception in thread .*|Unhandled [Ee]xception\..*)",
            r"(?P<line>thread '.*' (?:\(\d+\) )?panicked at.*|PHP (?:Fatal|Parse) error:  .*)",
            r"(?P<line>APPLICATION FAILED TO START)",
            r"(?P<line>^(?:Fatal|Parse) error: .*|UnhandledPromiseRejection.*|[Uu]ncaught \w+.*|rake aborted!.*)",
            r"(?P<line>[Uu]nhandled (?:[Rr]ejection|[Ee]rror|[Ee]xception).*)",
            r"^(?P<line>\S+\.rb:\d+:in .*\((?:\w+::)*\w*(?:Error|Exception|Interrupt)\))",
            r"^(?P<line>terminate called after throwing an instance of .*|\S+: \S+:\d+: .*Assertion .* failed.*)",
            r"^(?P<line>\*\* \((?:\w+\.)*\w+\) .*)",
        ),
    ),
    (
        "unhandled_exception",
        0.75,
        (
            r"^(?P<line>Error: .*|[A-Z]\w+Error \[\w+\]: .*|Uncaught .*)",
            r"(?P<line>.*\bUnsupportedClassVersionError\b.*)",
            r"(?P<line>.*nginx: \[emerg\] .*|^\S* ?\[emerg\] .*)",
            r"(?P<line>(?:[\w$]+\.)+[A-Z]\w*(?:Error|Exception)(?:: .*)?)",
        ),
    ),
    ("unhandled_exception", 0.6, (r"(?P<line>^Traceback \(most recent call last\):.*)",)),
)

# Where a program says that it ends for what it saw: what stands long before it, it got over.
ENDING = re.compile(
    r"^Traceback \(most recent call last\)|^panic: |^fatal error: |Exception in thread |[Uu]nhandled [Ee]xception|"
    r"panicked at|PHP (?:Fatal|Parse) error|[Uu]ncaught |APPLICATION FAILED TO START|UnhandledPromiseRejection|"
    r"^\s*throw |rake aborted!|terminate called after"
)
# The frames of a stack trace: they name files and functions, not causes.
FRAME = re.compile(
    r"^\s+at .*[(:]|^\s*File \"[^\"]+\", line \d+|^\s+from \S+:\d+:in |^#\d+ |^\s+\d+: 0x|^\t\S+\.go:\d+|"
    r"^\s+\.\.\. \d+ more|"
    r"^\s+[~^]+\s*$|^goroutine \d+ \[|^\s*\^"
)
# The lines of a Java, .NET or Node.js trace that name what an exception wraps: the last is the root.
WRAPPED = re.compile(r"^\s*(?:Caused by: |---> |\[cause\]: )")

# Most lines of a log hold none of these and need not be compared with every signature.
TELLING = re.compile(
    r"(?i)err|exception|fail|not |no |cannot|can't|could|denied|refused|missing|required|undefined|unset|panic|fatal|"
    r"enotfound|enodata|eai_|econn|eacces|eperm|erofs|enospc|eaddr|edquot|enoent|enomem|etimedout|unreach|in use|"
    r"unable|must|"
    r"read-only|expired|x509|memory|sig|fault|timed out|timeout|timedout|deadline|resol|nxdomain|servfail|"
    r"illegal|bus |host|address|symbol|unhandled|uncaught|traceback|aborted|quota|noauth|noperm|wrongpass|"
    r"ora-|php_|pkix|"
    r"unsupported|exit|interrupt|gemnotfound|/shm|forbidden|bad |in any|locally|serviceaccount|certificate|please set|"
    r"lookup|misbehav|killed|"
    r"need to|terminate|core dumped|assert|unbound|emerg|refused|taken|allocated|full|try again|access_"
)
# The last resort: a line that at least claims to be fatal. It is shown beside the exit code.
FATAL = re.compile(
    r"(?i)\b(?:fatal|panic|error|exception|failed|cannot|could not|unable|denied|refused|invalid|missing)\b|^F\d{4} "
)
# Lines of a program that goes on, or that quote what others saw.
NOISE = re.compile(
    r"(?i)\b(?:retry(?:ing)?|will retry|attempt \d|WARN(?:ING)?|deprecat\w+|DEBUG|TRACE|INFO|notice|reconnect\w*)\b"
)
