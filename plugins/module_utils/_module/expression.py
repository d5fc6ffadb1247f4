# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath expressions that users give as options.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import (
    InvalidOptionError,
    LibraryMissingError,
)


def compiled(option: str, expression: str | None) -> t.Any:
    """The compiled expression, None for none. Raises LibraryMissingError and InvalidOptionError."""
    if not expression:
        return None
    try:
        import jmespath
        import jmespath.exceptions
    except ImportError as error:
        raise LibraryMissingError(
            f"{option} needs the Python library jmespath, which the module's interpreter does not have. "
            "Install it there: pip install jmespath",
            details={"library": "jmespath"},
        ) from error
    try:
        return jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        raise _refused(option, "is not a JMESPath expression", error) from error


def searched(option: str, expression: t.Any, document: t.Any) -> t.Any:
    """What a compiled expression finds. Raises InvalidOptionError where it does not fit the document."""
    import jmespath.exceptions

    try:
        return expression.search(document)
    except jmespath.exceptions.JMESPathError as error:
        raise _refused(option, "does not fit what it is asked of", error) from error


def _refused(option: str, why: str, error: Exception) -> InvalidOptionError:
    return InvalidOptionError(f"{option} {why}: {' '.join(str(error).split())}", details={"option": option})
