"""Requests that no browser sends: odd ids, texts, bodies and counts, drawn from a seed."""

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, urlsplit

from sync.models.used_forms import FIELD, new_token

DIGITS = "9" * 5_000
# fmt: off
VALUES = [
    "", " ", "\0", "a\0b", "²", "١٢", "-1", "0", "9999999999999999999", DIGITS, f"-{DIGITS}",
    "1e309",
    "NaN", "-Infinity", "0.001", "1,000.00", "\uff1d1", "\ud800", "\udfff\ud800", "é" * 600,
    "x" * 70_000, "<script>pz7()</script>", "' OR 1=1 --", "2026-02-30", "0000-00-00",
    "99999-01-01",
    "2026-05-01T25:61", "[" * 5_000, '{"a":' * 500, "null", "None", "true", "%", "%s", "\\",
    "../../etc/passwd", "a\r\nX-Evil: 1", "\u202e", "\ufeff", "😀" * 200, "1" * 19, "1" * 18,
]
IDS = [
    "0",
    "-1",
    "²",
    "x",
    "%00",
    "%ED%A0%80",
    "9999999999999999999",
    DIGITS,
    "1__exact",
    "_5F",
    "a/b",
]
NAMES = [
    "p", "q", "o", "all", "e", "unit", "status", "standing", "page", "term", "of", "also", "number",
    "request", "run", "customer", "customer__id__exact", "invoice", "payment", "method", "kind",
    "state__exact", "business_unit__id__exact", "source", "_to_field", "_popup",
    "_changelist_filters",
    "realmId", "code", "state", "token", "next", "ids", "x", "received_on__gte", "created_at__year",
    "app_label", "model_name", "field_name", "select_across", "form",
]
KINDS_OF_BODY = ["text/plain", "application/json", "multipart/form-data; boundary=x",
                 "multipart/form-data",
                 "application/x-www-form-urlencoded; charset=utf-7", "", "application/xml"]
# fmt: on


@dataclass
class Asked:
    """One request, ready to be sent."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    signature: str = ""


def encoded(pairs):
    """Write pairs as a browser would, lone surrogates included."""
    return "&".join("=".join(map(_quoted, pair)) for pair in pairs)


def _quoted(text):
    return quote_from_bytes(str(text).encode("utf-8", "surrogatepass"))


def draw(random, address, posts, user_id):
    """Return a request to an address, odd in one thing or several."""
    path, _, query = (address or "/").partition("?")
    if random.random() < 0.2:
        path = _odd_path(random, path)
    if random.random() < 0.5:
        drawn = [(random.choice(NAMES), random.choice(VALUES)) for _ in range(random.randint(1, 3))]
        query = encoded(drawn)
    if "webhooks" in path:
        return _webhook(random, path)
    if random.random() < 0.4:
        return Asked(random.choice(["GET", "GET", "HEAD", "OPTIONS", "PUT"]), path, query)
    to, data = random.choice(posts) if posts else (path, {})
    to = to.partition("?")[0] if random.random() < 0.7 else path
    if random.random() < 0.1:
        body = random.choice(
            [b"", b"\xff\xfe\0", b"[" * 100_000, b"--x\r\n\r\n", b"a=%", b"&" * 9_000]
        )
        return Asked("POST", to, query, body, random.choice(KINDS_OF_BODY))
    pairs = _odd_form(random, data)
    if user_id and random.random() < 0.9:
        pairs = [pair for pair in pairs if pair[0] != FIELD]
        pairs.append((FIELD, new_token(user_id, urlsplit(to).path)))
    return Asked("POST", to, query, encoded(pairs).encode())


def _odd_path(random, path):
    parts = path.split("/")
    at = random.randrange(len(parts))
    numbers = [index for index, part in enumerate(parts) if part.isdecimal()]
    parts[random.choice(numbers) if numbers else at] = random.choice(IDS)
    return "/".join(parts)


def _odd_form(random, data):
    pairs = [(name, value) for name, values in data.items() for value in values]
    random.shuffle(pairs)
    for _ in range(random.randint(1, 4)):
        kind = random.random()
        if pairs and kind < 0.5:
            at = random.randrange(len(pairs))
            pairs[at] = (pairs[at][0], random.choice(VALUES))
        elif pairs and kind < 0.7:
            pairs.pop()
        elif kind < 0.85:
            prefix = random.choice(["lines", "payments", "memberships", "form"])
            count = random.choice(["TOTAL_FORMS", "INITIAL_FORMS", "MAX_NUM_FORMS"])
            number = random.choice(["5000", "-1", "x", DIGITS, "", "1000"])
            pairs.append((f"{prefix}-{count}", number))
        else:
            pairs.append((random.choice(NAMES), random.choice(VALUES)))
    return pairs


def _webhook(random, path):
    deep = random.choice(
        [
            "[" * 100_000,
            '{"a":' * 50_000,
            json.dumps(random.choice(VALUES)),
            "{}",
            "[]",
            json.dumps({"eventNotifications": random.choice([1, [1], [{}], [None]])}),
            json.dumps(
                {
                    "eventNotifications": [
                        {
                            "realmId": random.choice(VALUES),
                            "dataChangeEvent": {
                                "entities": [
                                    {
                                        "name": random.choice(VALUES),
                                        "id": random.choice(VALUES),
                                        "operation": random.choice(VALUES),
                                    }
                                ]
                            },
                        }
                    ]
                }
            ),
        ]
    )
    body = deep.encode("utf-8", "surrogatepass")
    digest = hmac.new(b"verifier", body, hashlib.sha256).digest()
    return Asked("POST", path, "", body, "application/json", b64encode(digest).decode())
