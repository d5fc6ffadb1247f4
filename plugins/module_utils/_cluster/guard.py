# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time.

The one place where what went wrong becomes a module's failure.
"""

from __future__ import annotations

import os
import signal
import traceback
import typing as t

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster import errors, kubeconfig

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

Result = dict[str, t.Any]
# Keys with a meaning of their own in a module's result.
RESERVED = frozenset(
    ("changed", "diff", "exception", "failed", "invocation", "msg", "reason", "skipped", "warnings", "deprecations")
)


def run_guarded(module: AnsibleModule, runner: t.Callable[[AnsibleModule], Result]) -> t.NoReturn:
    """Run and leave: `runner`'s result becomes exit_json, a RescueError fail_json.

    A failure has `msg` (one sentence), `reason` (a slug) and the error's details as keys of their own. What nobody
    foresaw is a sentence too, with a traceback at -vvv only. A runner may also leave through exit_json itself.
    """
    # Ansible hides options marked no_log; the secrets inside a kubeconfig given as content it does not know.
    module.no_log_values.update(kubeconfig.secret_values(module.params.get("kubeconfig")))
    failure: Result
    previous = signal.signal(signal.SIGTERM, _terminated)
    try:
        result = runner(module)
    except errors.RescueError as error:
        failure = _failure(error)
    except KeyboardInterrupt:
        failure = _failure(_interrupted("SIGINT"))
    except Exception as error:  # noqa: BLE001 - the last line of defence against a raw traceback
        failure = _internal(error)
        if module._verbosity >= 3:
            # A key of our own: ansible-core from 2.19 on drops a traceback unless its own setting asks for one.
            failure["traceback"] = traceback.format_exc().splitlines()
    else:
        module.exit_json(**result)
    finally:
        signal.signal(signal.SIGTERM, previous)
    # Outside of the except blocks: newer ansible-core would append the chain of causes to the message.
    module.fail_json(**failure)
    raise AssertionError("fail_json returned")


def _failure(error: errors.RescueError) -> Result:
    details = {(f"error_{key}" if key in RESERVED else key): value for key, value in error.details.items()}
    return {"msg": error.message, "reason": error.reason, **details}


def _internal(error: Exception) -> Result:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    return {
        "msg": f"Internal error in rescue.kubernetes ({type(error).__name__} at {place}: "
        f"{errors.one_line(error, 200)}). Please report it with the output of -vvv.",
        "reason": "internal_error",
        "place": place,
    }


def _interrupted(name: str) -> errors.RescueError:
    return errors.InterruptedRunError(
        f"Stopped by {name} before the end; what was done until then stays. Run it again: it continues from what it "
        "finds in the cluster.",
        details={"signal": name},
    )


def _terminated(_number: int, _frame: object) -> t.NoReturn:
    raise _interrupted("SIGTERM")
