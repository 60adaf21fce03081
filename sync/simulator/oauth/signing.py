"""The signed id token that comes with the openid scope."""

import base64
import json
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class SigningKey:
    """An RSA key, made when it is first needed, that signs with RS256."""

    def __init__(self) -> None:
        self._key: rsa.RSAPrivateKey | None = None
        self._kid = secrets.token_hex(8)

    def id_token(self, *, issuer: str, subject: str, audience: str, realm_id: str | None) -> str:
        """Make an id token for an hour; in real time, by which clients judge it."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "sub": subject,
            "aud": [audience],
            "iss": issuer,
            "exp": now + 3600,
            "iat": now,
            "auth_time": now,
        }
        if realm_id is not None:
            claims["realmid"] = realm_id
        head = _encode(json.dumps({"kid": self._kid, "alg": "RS256"}).encode())
        signed = f"{head}.{_encode(json.dumps(claims).encode())}"
        signature = self._private().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encode(signature)}"

    def public(self) -> dict[str, Any]:
        """The public half as a JSON Web Key Set."""
        numbers = self._private().public_key().public_numbers()
        key = {
            "kty": "RSA",
            "e": _encode(_bytes(numbers.e)),
            "n": _encode(_bytes(numbers.n)),
            "use": "sig",
            "alg": "RS256",
            "kid": self._kid,
        }
        return {"keys": [key]}

    def _private(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._key


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
