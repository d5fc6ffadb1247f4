# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection, may change at any time. How modules reach a cluster."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of module_utils/_cluster/options.py, CONNECTION_ARGUMENT_SPEC."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig, a list of paths (or paths joined with V(:)), or the content of one as a dictionary.
      - Of several files the first that defines a name wins, as with kubectl.
      - If neither this nor O(host) is given, E(KUBECONFIG) is used, then the service account of the pod that the module
        runs in, then V(~/.kube/config).
      - Can also be given by the environment variable E(K8S_AUTH_KUBECONFIG).
    type: raw
  context:
    description:
      - Name of a context in the kubeconfig. Its current context by default.
      - Can also be given by the environment variable E(K8S_AUTH_CONTEXT).
    type: str
  host:
    description:
      - URL of the API server.
      - Without O(kubeconfig) and O(context) only the credentials given beside it are sent there, never those of a
        kubeconfig.
      - Can also be given by the environment variable E(K8S_AUTH_HOST).
    type: str
  api_key:
    description:
      - Bearer token.
      - Can also be given by the environment variable E(K8S_AUTH_API_KEY).
    type: str
  username:
    description:
      - User name, for API servers behind HTTP basic authentication.
      - Can also be given by the environment variable E(K8S_AUTH_USERNAME).
    type: str
  password:
    description:
      - Password that belongs to O(username).
      - Can also be given by the environment variable E(K8S_AUTH_PASSWORD).
    type: str
  validate_certs:
    description:
      - Whether the API server's certificate must be valid. What the kubeconfig says by default, which is to verify.
      - Can also be given by the environment variable E(K8S_AUTH_VERIFY_SSL).
    type: bool
    aliases: [verify_ssl]
  ca_cert:
    description:
      - Path of the certificate authority that the API server's certificate is checked against.
      - Can also be given by the environment variable E(K8S_AUTH_SSL_CA_CERT).
    type: path
    aliases: [ssl_ca_cert]
  client_cert:
    description:
      - Path of a client certificate.
      - Can also be given by the environment variable E(K8S_AUTH_CERT_FILE).
    type: path
    aliases: [cert_file]
  client_key:
    description:
      - Path of the key of O(client_cert), where it is not in the same file.
      - Can also be given by the environment variable E(K8S_AUTH_KEY_FILE).
    type: path
    aliases: [key_file]
  proxy:
    description:
      - URL of an HTTP or SOCKS proxy. What the kubeconfig says by default, then E(HTTPS_PROXY).
      - A SOCKS proxy needs the Python library PySocks.
      - Can also be given by the environment variable E(K8S_AUTH_PROXY).
    type: str
  no_proxy:
    description:
      - Comma-separated hosts, domains, addresses and networks that are reached without the proxy.
      - E(NO_PROXY) by default.
      - Can also be given by the environment variable E(K8S_AUTH_NO_PROXY).
    type: str
  proxy_headers:
    description:
      - Headers for the proxy.
    type: dict
    suboptions:
      proxy_basic_auth:
        description:
          - User name and password for the proxy, joined with V(:).
          - Can also be given by the environment variable E(K8S_AUTH_PROXY_HEADERS_PROXY_BASIC_AUTH).
        type: str
      basic_auth:
        description:
          - User name and password for a basic authentication header, joined with V(:).
          - Can also be given by the environment variable E(K8S_AUTH_PROXY_HEADERS_BASIC_AUTH).
        type: str
      user_agent:
        description:
          - User agent that the proxy sees.
          - Can also be given by the environment variable E(K8S_AUTH_PROXY_HEADERS_USER_AGENT).
        type: str
  impersonate_user:
    description:
      - User to act as. The credentials need the right to impersonate.
      - Can also be given by the environment variable E(K8S_AUTH_IMPERSONATE_USER).
    type: str
  impersonate_groups:
    description:
      - Groups to act as, together with O(impersonate_user).
      - Can also be given by the environment variable E(K8S_AUTH_IMPERSONATE_GROUPS), separated by commas.
    type: list
    elements: str
  call_timeout:
    description:
      - Seconds that a single request may take, and after which an API server that never answered is called unreachable.
      - One that has answered before is given 30 seconds to come back.
    type: float
    default: 10.0
  deadline:
    description:
      - Seconds that the whole module may take. No limit by default.
    type: float
requirements:
  - python >= 3.10
  - kubernetes >= 31
  - urllib3 >= 2.2
"""
