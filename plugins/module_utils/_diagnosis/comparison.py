# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether one share of bad requests is surely worse than another, or than a limit.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

Both tests are exact and one-sided, at `ALPHA` = 0.0001, and need `MIN_REQUESTS` = 50 requests and `MIN_BAD` = 10 bad
ones. Significance alone does not count: the share must also be worse by a margin that users notice.

- Against the revision before (Przyborowski and Wilenski's conditional test): given the bad requests of both, those of
  the new one are binomial with its share of all requests, if both are equally bad.
- Against a limit: the bad requests are binomial with the limit as their probability, if the share is at the limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

ALPHA = 0.0001
MIN_REQUESTS = 50
MIN_BAD = 10
# Beyond this many, the share is known well enough, and the sums would take long.
_MOST = 20_000


@dataclass(frozen=True)
class Share:
    """`bad` of `total` requests."""

    bad: int
    total: int

    @property
    def rate(self) -> float:
        """From 0 to 1."""
        return self.bad / self.total if self.total else 0.0


def worse_than_before(new: Share, before: Share, *, margin: float, ratio: float = 2.0) -> bool:
    """Whether the new share is surely higher, by at least `margin` (of 1) and `ratio` times."""
    if before.total < MIN_REQUESTS or not _enough(new):
        return False
    if new.rate < before.rate + margin or new.rate < ratio * before.rate:
        return False
    new, before = _bounded(new), _bounded(before)
    return binomial_tail(new.bad, new.bad + before.bad, new.total / (new.total + before.total)) <= ALPHA


def worse_than_limit(new: Share, limit: float) -> bool:
    """Whether the share is surely above a limit (of 1)."""
    if not _enough(new):
        return False
    new = _bounded(new)
    return new.rate > limit and binomial_tail(new.bad, new.total, limit) <= ALPHA


def binomial_tail(least: int, trials: int, probability: float) -> float:
    """The probability of at least so many successes."""
    if least <= 0:
        return 1.0
    if probability <= 0 or least > trials:
        return 0.0
    if probability >= 1:
        return 1.0
    log_p, log_q = math.log(probability), math.log1p(-probability)
    total = 0.0
    for successes in range(least, trials + 1):
        chosen = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
        term = math.exp(chosen + successes * log_p + (trials - successes) * log_q)
        total += term
        if successes > trials * probability and term < total * 1e-12:
            break
    return min(1.0, total)


def _enough(share: Share) -> bool:
    return share.total >= MIN_REQUESTS and share.bad >= MIN_BAD


def _bounded(share: Share) -> Share:
    """The same share of fewer requests: less sure, never surer."""
    return share if share.total <= _MOST else Share(int(share.bad * _MOST / share.total), _MOST)
