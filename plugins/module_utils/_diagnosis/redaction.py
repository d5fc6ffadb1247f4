# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that text from the cluster passes before it is stored or shown.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Logs, events and labels are written by programs that we do not trust: they may steer a terminal, be endless, or carry
credentials.
"""

from __future__ import annotations

import re
import typing as t

REDACTED = "[redacted]"
CUT = "…"

# Operating system commands (title, hyperlink), control sequences, and the remaining two-byte escapes.
_ANSI = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[@-Z\\-_]?")
# Everything a terminal would act on but tab and newline, and what makes text read otherwise than it is stored.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)

# Words that follow "token:" or "password:" in messages of container runtimes and databases; they are no secrets.
_PROSE = (
    r"(?!(?:unexpected|unauthorized|unauthenticated|invalid|failed|failure|not|no|none|missing|error|required|denied|"
    r"expired|incorrect|wrong|empty|must|cannot|could|unable|authentication|rpc|dial|lookup|context|net|get|head|"
    r"post|http|https|read|open|the|a|an|is|was|and|or|for|null|undefined)\b)"
)
_HIDING_NAME = (
    r"(?:password|passwd|passphrase|pwd|secret|token|credential|credentials|"
    r"(?:api|access|account|private|secret|shared|signing|encryption|master|auth)[_.-]?(?:access[_.-]?)?key)"
)
_VALUE = r"(?:\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|[^\s,;&\"'}\])]+)"
_SUFFIX = r"(?:_[a-z0-9]{1,20}){0,3}"
# Different secrets of one record are told apart by a number (see object_redaction.py).
_NOT_YET = r"(?!\[redacted(?: \d{1,6})?\])"

# Every repetition before what names the secret is bounded: a log line must not make the search quadratic.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
            r".*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----|\Z)",
            re.DOTALL,
        ),
        REDACTED,
    ),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}"), REDACTED),
    (
        re.compile(
            # containerd: "may require authorization: server message: insufficient_scope"
            r"(?i)\b((?:proxy-)?authorization|x-api-key|x-auth-token|cookie|set-cookie)(\"?\s{0,3}[:=]\s{0,3})"
            rf"{_NOT_YET}(?!server message: )[^\n\"]+"
        ),
        rf"\1\2{REDACTED}",
    ),
    (re.compile(r"(?i)\b(bearer\s)(?=[\w.~+/=-]*[0-9]|[\w.~+/=-]{20})[\w.~+/=-]{6,}"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)\b(basic\s)(?=[\w+/-]*[0-9=])[\w+/=-]{8,}"), rf"\1{REDACTED}"),
    (re.compile(rf"([A-Za-z0-9+.-]{{1,20}}://){_NOT_YET}[^\s/\"']{{1,300}}@"), rf"\1{REDACTED}@"),
    # A slash in the password; but `http://10.0.0.1:8080/users/@me` has none.
    (
        re.compile(rf"([A-Za-z0-9+.-]{{1,20}}://){_NOT_YET}[^\s/:\"'@]{{0,100}}:(?!\d{{1,5}}[/?#])[^\s\"'@]{{1,200}}@"),
        rf"\1{REDACTED}@",
    ),
    (re.compile(rf"(?i)(:thin:){_NOT_YET}[^\s/@\"']{{1,100}}/[^\s@\"']{{1,100}}@"), rf"\1{REDACTED}@"),
    (
        re.compile(rf"(?i)((?:^|\s)(?:-u|--user)[\s=]{{1,3}}['\"]?){_NOT_YET}[^\s:'\"]{{1,100}}:[^\s'\"]{{1,200}}"),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"\b[\w.-]{1,64}:[^\s:/\"']{1,200}@((?:tcp|unix)\()"), rf"{REDACTED}@\1"),
    (re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{12,}"), REDACTED),
    (
        re.compile(
            r"\b(?:AIza[\w-]{30,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|"
            r"[sr]k_(?:live|test)_\w{10,}|sk-[\w-]{20,}|ya29\.[\w-]{10,}|SG\.[\w-]{16,64}\.[\w-]{16,}|npm_\w{30,}|"
            r"hv[sb]\.[\w-]{20,}|dop_v1_\w{20,}|AccountKey=[\w+/=]{20,}|GOCSPX-[\w-]{20,}|pypi-[\w-]{20,}|"
            r"[\w~.-]{3}8Q~[\w~.-]{30,40}|hooks\.slack\.com/services/[\w/]{10,})"
        ),
        REDACTED,
    ),
    # Signatures of Azure and AWS in query strings, a registry's credentials in JSON, elements of XML.
    (
        re.compile(rf"(?i)([?&;](?:sig|signature|x-amz-signature|x-amz-security-token)=){_NOT_YET}[^\s&\"';]+"),
        rf"\1{REDACTED}",
    ),
    (re.compile(rf"(\"auth\\?\"\s{{0,3}}:\s{{0,3}}\\?\")(?=[\w+/=]{{8}}){_NOT_YET}[\w+/=]+"), rf"\1{REDACTED}"),
    (
        re.compile(rf"(?i)(<[\w:.-]{{0,30}}{_HIDING_NAME}[\w.-]{{0,20}}>){_NOT_YET}[^<\n]+"),
        rf"\1{REDACTED}",
    ),
    # A variable's name and its value, as objects in JSON and YAML write them.
    (
        re.compile(
            rf"(?i)(name\\?\"?\s{{0,3}}:\s{{0,3}}\\?\"?[\w.-]{{0,60}}(?:{_HIDING_NAME}|_KEY|_DSN|_AUTH)[\w.-]{{0,60}}"
            rf"\\?\"?(?:\s{{0,3}},\s{{0,40}}|\s{{1,40}})\\?\"?value\\?\"?\s{{0,3}}:\s{{0,3}}\\?){_NOT_YET}{_VALUE}"
        ),
        rf"\1{REDACTED}",
    ),
    # NAME=value and ...KEY=value, as environment variables, connection strings and query strings write them.
    (
        re.compile(rf"(?i)({_HIDING_NAME}{_SUFFIX})(\"?\s{{0,3}}=>?\s{{0,3}}){_NOT_YET}{_VALUE}"),
        rf"\1\2{REDACTED}",
    ),
    (re.compile(rf"(_KEY)(\"?\s{{0,3}}[=:]\s{{0,3}}){_NOT_YET}{_VALUE}"), rf"\1\2{REDACTED}"),
    # name: value of JSON, YAML and prose.
    (
        re.compile(rf"(?i)({_HIDING_NAME}{_SUFFIX})(\\?[\"']?\s{{0,3}}:\s{{0,3}}\\?){_NOT_YET}{_PROSE}{_VALUE}"),
        rf"\1\2{REDACTED}",
    ),
    (
        re.compile(rf"(?i)(--[\w-]{{0,20}}(?:password|passwd|token|secret|key)\s){_NOT_YET}{_PROSE}[^\s-]\S*"),
        rf"\1{REDACTED}",
    ),
)

_HIDING_VARIABLE = re.compile(
    r"(?i)pass(?:word|wd|phrase|code)|pwd|secret|token|credential|private|cookie|dsn$|authorization|"
    r"connection[_.-]?string|webhook|(?:^|[_.-])(?:key|auth)(?:[_.-]|$)|apikey|accesskey|(?-i:[a-z]Key$)"
)


def clean(value: t.Any, limit: int) -> str:
    """The text without control characters and secrets, at most `limit` characters long; "" for what is no text."""
    if not isinstance(value, str) or limit <= 0:
        return ""
    # A hundred megabytes must not be searched to show four kilobytes.
    bounded = value[: 2 * limit + 4096]
    shown = redact(_CONTROL.sub("", _ANSI.sub("", bounded.replace("\r\n", "\n").replace("\r", "\n"))))
    if len(shown) > limit:
        return shown[: limit - 1] + CUT
    return shown + CUT if len(bounded) < len(value) and len(shown) < limit else shown


def redact(value: str) -> str:
    """The text with what looks like a credential replaced."""
    for pattern, replacement in _RULES:
        value = pattern.sub(replacement, value)
    return value


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name is likely to hold a credential."""
    return bool(_HIDING_VARIABLE.search(name))
