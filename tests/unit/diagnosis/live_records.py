# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of live diagnoses in which pods were asked."""

from __future__ import annotations

from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
# name of the record -> the cause that it must be judged to be
LIVE_RECORDS = {
    "active_readiness_port": "readiness_probe_wrong_port",
    "active_liveness_hasty": "liveness_probe_too_aggressive",
    "active_service_labels": "service_selector_mismatch",
    "active_error_rate": "service_error_rate",
    "active_latency": "service_latency",
    "active_good_release": "healthy",
}
