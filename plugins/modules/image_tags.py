#!/usr/bin/python
# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_tags
short_description: Tell whether an image is in its registry, and which tag may have been meant
version_added: 0.2.0
author:
  - rescue.kubernetes contributors (@rescue-kubernetes)
"""
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.image_tags import main

if __name__ == "__main__":
    main()
