# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be stored and shown of a text that somebody else wrote."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.redaction import (
    CUT,
    REDACTED,
    clean,
    is_secret_name,
)

PLANTED = "hunter2hunter2"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.mark.parametrize(
    "text",
    [
        f"DB_PASSWORD={PLANTED}",
        f"connecting with password: {PLANTED}",
        f'{{"level":"error","apiKey":"{PLANTED}"}}',
        f'{{\\"password\\":\\"{PLANTED}\\"}}',
        f"password = '{PLANTED} with blanks'",
        f"postgres://app:{PLANTED}@database:5432/shop",
        f"redis://:{PLANTED}@cache:6379",
        f"amqp://app:p@{PLANTED}@queue:5672",
        f"mysqldump --user app --password {PLANTED} shop",
        f"app:{PLANTED}@tcp(database:3306)/shop",
        f"Server=db;User Id=app;Password={PLANTED};Encrypt=true",
        f"AccountName=x;AccountKey={PLANTED}abcdefgh==;EndpointSuffix=core.windows.net",
        f"Authorization: Token {PLANTED}",
        f"authorization: Basic {PLANTED}",
        f"Bearer {PLANTED}",
        f"GET /?access_token={PLANTED}&page=2",
        f"SIGNING_KEY={PLANTED}",
        f"client_secret: {PLANTED}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{PLANTED}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{PLANTED} and the rest was cut",
        f"Cookie: session={PLANTED}",
        f"mongodb+srv://app:{PLANTED}@cluster0.example.net/shop",
        f"postgres://app:with/slash/{PLANTED}@database/shop",
        f"jdbc:oracle:thin:scott/{PLANTED}@//database:1521/shop",
        f"host=db user=app password={PLANTED} dbname=shop",
        f"Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey={PLANTED}=",
        f"https://x.blob.core.windows.net/c?sv=2024&sig={PLANTED}%3D&se=2027",
        f"https://b.s3.amazonaws.com/k?X-Amz-Signature={PLANTED}",
        f"aws_secret_access_key = {PLANTED}",
        f'{{"private_key": "-----BEGIN PRIVATE KEY-----\\n{PLANTED}\\n-----END PRIVATE KEY-----\\n"}}',
        f'{{"auths": {{"registry.example.net": {{"auth": "{PLANTED}"}}}}}}',
        f"curl -fsS -u admin:{PLANTED} https://example.net",
        f"<password>{PLANTED}</password>",
        f'{{"name":"DB_PASSWORD","value":"{PLANTED}"}}',
        f'{{\\"name\\":\\"API_KEY\\",\\"value\\":\\"{PLANTED}\\"}}',
        f"- name: SENTRY_DSN\n  value: {PLANTED}",
        f"https://hooks.slack.com/services/T000/B000/{PLANTED}",
    ],
)
def test_secrets_are_not_shown(text: str) -> None:
    assert PLANTED not in clean(text, 1000)
    assert REDACTED in clean(text, 1000)


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a1" * 18,
        "AIza" + "b" * 35,
        "xoxb-1234567890-abc",
        "glpat-" + "c" * 20,
        "GOCSPX-" + "d" * 28,
        "ya29." + "e" * 40,
        "abc8Q~" + "f" * 34,
        "pypi-" + "g" * 40,
    ],
)
def test_tokens_are_known_by_their_shape(secret: str) -> None:
    assert secret not in clean(f"using {secret} now", 1000)


@pytest.mark.parametrize(
    "text",
    [
        'secret "keys" not found',
        "couldn't find key nokey in ConfigMap production/settings",
        "references non-existent config key: K",
        "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized",
        "unable to retrieve auth token: invalid username/password: unauthorized: access denied",
        'FATAL: password authentication failed for user "app"',
        "no basic auth credentials",
        "node(s) had untolerated taint {dedicated: gpu}",
        "KeyError: 'DATABASE_PASSWORD'",
        "environment variable API_TOKEN is not set",
        'MountVolume.SetUp failed for volume "v" : secret "x" not found',
        "myregistry.io/api-server:v2.0.1: not found",
        'Get "http://10.0.0.1:8080/users/@me": connect: connection refused',
        "password: [redacted 2]",
        '"name":"web","value":"3"',
    ],
)
def test_what_names_a_cause_stays(text: str) -> None:
    assert clean(text, 1000) == text


def test_a_terminal_cannot_be_steered() -> None:
    hostile = "\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x9b2J\x07\x00\u202eevil\u200b\r\nnext"
    assert clean(hostile, 1000) == "red linkevil\nnext"


def test_length_is_bounded_and_what_was_cut_is_marked() -> None:
    assert clean("x" * 50, 10) == "x" * 9 + CUT
    assert clean("x" * 10_000_000, 100) == "x" * 99 + CUT
    assert clean("x", 0) == ""
    assert clean(None, 10) == ""


@pytest.mark.parametrize(
    "piece",
    [
        "x",
        "a.",
        "_KEY",
        "token",
        "token_",
        "secret: ",
        "://",
        "a:b@",
        "eyJ",
        "-----BEGIN PRIVATE KEY",
        "\x1b[",
        "Bearer ",
        '"',
        "name: x_key",
        "://a:b",
        "<password>",
        " -u a",
        "?sig=",
        ":thin:a/",
    ],
)
def test_no_text_makes_the_search_slow(piece: str) -> None:
    started = time.process_time()
    clean(piece * (60_000 // len(piece)), 20_000)
    assert time.process_time() - started < 2.0


@given(st.text(max_size=300), st.integers(1, 200))
def test_any_text_is_bounded_and_cleaning_twice_changes_nothing(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert len(once) <= limit
    assert clean(once, limit) == once


def test_names_of_variables_that_hide_something() -> None:
    hiding = ("DB_PASSWORD", "API_KEY", "token", "CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "SENTRY_DSN")
    assert all(is_secret_name(name) for name in hiding)
    assert not any(is_secret_name(name) for name in ("DATABASE_HOST", "LOG_LEVEL", "KEYBOARD", "MONKEY_COUNT"))
