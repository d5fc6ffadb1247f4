# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read: sentences from words that the cluster gave, cleaned and bounded.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.configuration import EARLIER_UNKNOWN
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.finding import Finding
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import (
    Alternative,
    Change,
    Diagnosis,
    EvidenceItem,
    Remedy,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import (
    REDACTED,
    clean,
    is_secret_name,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.situation import Situation
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout import objects as o

_WORD = 200
_TEXT = 600
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ENV_VALUE = re.compile(r"\.env\[(?P<name>[^\]]+)\]")
_DATA_KEY = re.compile(r"(?: data|^metadata\.annotations)\.(?P<name>\S+)$")


def short(value: t.Any, limit: int = _WORD) -> str:
    """A word or name on one line."""
    return " ".join(clean(value, limit).split())


def summary(cause: Cause, finding: Finding) -> str:
    """The cause's sentence with the finding's words; a word that is not known is left out."""
    filled = _PLACEHOLDER.sub(lambda found: finding.words.get(found.group(1), ""), cause.summary)
    told = short(filled, _TEXT)
    return told if told.endswith((".", "!", "?", "…")) else f"{told}."


def shown(item: EvidenceItem) -> EvidenceItem:
    """Evidence as it may be shown."""
    return EvidenceItem(short(item.object), short(item.field), clean(item.text, _TEXT), item.time)


def shown_change(change: Change) -> Change:
    """A change as it may be shown: values of variables that may hold credentials are not."""
    named = _ENV_VALUE.search(change.field) or _DATA_KEY.search(change.field)
    secret = named is not None and is_secret_name(named.group("name"))
    return Change(
        field=short(change.field),
        before=_value(change.before, secret),
        after=_value(change.after, secret),
        kind=change.kind,
        time=change.time,
        by=short(change.by) if change.by else None,
    )


def _value(value: t.Any, secret: bool, depth: int = 0) -> t.Any:
    """A JSON value cleaned in depth."""
    if value is None or isinstance(value, (bool, int, float)) or value == EARLIER_UNKNOWN:
        return value
    if secret or depth > 8:
        return REDACTED
    if isinstance(value, str):
        return clean(value, _TEXT)
    if isinstance(value, list):
        return [_value(entry, _names_secret(entry), depth + 1) for entry in value[:50]]
    if isinstance(value, dict):
        hides = _names_secret(value)
        return {
            short(str(key)): _value(entry, hides and key == "value", depth + 1)
            for key, entry in list(value.items())[:50]
        }
    return REDACTED


def _names_secret(entry: t.Any) -> bool:
    """Whether a list's entry is a variable whose value may be a credential."""
    fields = o.mapping(entry)
    return "value" in fields and set(fields) <= {"name", "value"} and is_secret_name(o.text(fields.get("name")))


def alternative(cause: Cause, finding: Finding) -> Alternative:
    """Another hypothesis, in short."""
    told = summary(cause, finding)
    return Alternative(cause.category, cause.name, round(finding.confidence, 2), told, short(finding.container))


def remedies(situation: Situation, cause: Cause, finding: Finding, rollback_helps: bool | None) -> list[Remedy]:
    """What helps, the quickest first."""
    found: list[Remedy] = []
    if rollback_helps:
        number = o.revision_number(situation.previous)
        found.append(Remedy("roll_back", f"Roll back to revision {number}." if number else "Roll back."))
    found.extend(Remedy(entry.action, short(entry.summary, _TEXT), _patch(entry)) for entry in finding.remedies)
    if not finding.remedies:
        found.extend(Remedy(action, sentence) for action, sentence in cause.remedies)
    return found


def _patch(remedy: Remedy) -> list[o.JsonObject] | None:
    return (
        None
        if remedy.patch is None
        else [{**entry, "value": _value(entry.get("value"), False)} for entry in remedy.patch]
    )


def message(situation: Situation, diagnosis: Diagnosis) -> str:
    """At most three lines: what is wrong, since when and beside what, what helps."""
    lines = [diagnosis.summary]
    if diagnosis.category != "none":
        lines.append(_context(situation, diagnosis))
        lines.append(" ".join(remedy.summary for remedy in diagnosis.remedies[:2]))
    return "\n".join(line for line in lines if line)


def _context(situation: Situation, diagnosis: Diagnosis) -> str:
    told: list[str] = []
    if diagnosis.since:
        told.append(f"Since {diagnosis.since[11:19]} UTC.")
    new, old = o.revision_number(situation.revision), o.revision_number(situation.previous)
    if diagnosis.origin == "revision" and diagnosis.changed and new:
        change = diagnosis.changed[0]
        name = change.field.partition("].")[2] or change.field
        told.append(f"New in revision {new}: {name}{_from_to(change)}.")
    if diagnosis.origin == "configuration" and diagnosis.changed:
        change = diagnosis.changed[0]
        by = f" by {change.by}" if change.by else ""
        told.append(f"{change.field} was changed{by}" + (f" at {change.time}." if change.time else "."))
    serving = o.number(o.dig(situation.previous, "status", "readyReplicas"))
    if situation.previous is not None and old:
        what = f"still has {serving} ready pod{'' if serving == 1 else 's'}" if serving else "has no ready pods"
        told.append(f"Revision {old} {what}.")
    return " ".join(told)


def _from_to(change: Change) -> str:
    """What became of a field, in few words: whole structures are in `changed`."""
    if change.before is None or change.after is None:
        return " added" if change.before is None else " removed"
    if isinstance(change.before, (dict, list)) or isinstance(change.after, (dict, list)):
        return " changed"
    return f" {short(str(change.before), 80)} -> {short(str(change.after), 80)}"
