"""A process that renews the leases of the fake nodes, so that the control plane takes them for living ones."""

from __future__ import annotations

import sys
import time

from .api import Api, ApiError
from .faults import FAKE_LABEL, keep_alive
from .layout import Layout, state_home

_INTERVAL = 10.0


def main() -> None:
    layout = Layout(sys.argv[1], state_home())
    api = Api(layout)
    while True:
        try:
            for node in api.request("GET", f"/api/v1/nodes?labelSelector={FAKE_LABEL}")["items"]:
                keep_alive(api, node)
        except ApiError as error:
            print(error, flush=True)
        time.sleep(_INTERVAL)


if __name__ == "__main__":
    main()
