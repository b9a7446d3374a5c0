"""The two kinds of password check: the one since 12c, and the older one of 11g."""

import hashlib
import secrets
from typing import Literal

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from smoke_pipeline_tests.oracle_standin.columns import OraError

Verifier = Literal["11g", "12c"]
ROUNDS = 4096
Pairs = list[tuple[str, str, int]]
"""Name, value and flags."""


class Login:
    """What the server remembers between the two halves of a login."""

    def __init__(self, verifier: Verifier, password: str | None) -> None:
        """Begin a login.

        Args:
            verifier: Which check is made.
            password: That of the user; None where there is no such user, which the client is not told yet.
        """
        self._verifier = verifier
        self._password = password
        self._secret = (password if password is not None else secrets.token_hex(8)).encode()
        self._session_salt = secrets.token_bytes(16)
        self._key = b""
        self._part = b""

    def challenge(self) -> Pairs:
        """What the client needs to prove that it knows the password."""
        is_new = self._verifier == "12c"
        salt = secrets.token_bytes(16 if is_new else 10)
        self._part = secrets.token_bytes(32 if is_new else 48)
        if is_new:
            slow = hashlib.pbkdf2_hmac("sha512", self._secret, salt + b"AUTH_PBKDF2_SPEEDY_KEY", ROUNDS, 64)
            self._key = hashlib.sha512(slow + salt).digest()[:32]
        else:
            self._key = hashlib.sha1(self._secret + salt).digest() + bytes(4)
        pairs = [
            ("AUTH_SESSKEY", _hex(_encrypted(self._key, self._part)), 0),
            ("AUTH_VFR_DATA", _hex(salt), 0x4815 if is_new else 0x1B25),
        ]
        if is_new:
            pairs += [
                ("AUTH_PBKDF2_CSK_SALT", _hex(self._session_salt), 0),
                ("AUTH_PBKDF2_VGEN_COUNT", str(ROUNDS), 0),
                ("AUTH_PBKDF2_SDER_COUNT", "3", 0),
            ]
        return pairs

    def proof(self, answer: dict[str, str]) -> str:
        """What proves the server to the client, once the client has proved itself.

        Raises:
            OraError: The user or the password is wrong.
        """
        theirs = _decrypted(self._key, bytes.fromhex(answer["AUTH_SESSKEY"]))
        key = self._session_key(theirs)
        padded = _decrypted(key, bytes.fromhex(answer["AUTH_PASSWORD"]))
        given = padded[16 : -padded[-1]].decode("utf-8", "replace")
        if self._password is None or given != self._password:
            raise OraError(1017, "invalid credential or not authorized; logon denied")
        return _hex(_encrypted(key, secrets.token_bytes(16) + b"SERVER_TO_CLIENT" + bytes([16]) * 16))

    def _session_key(self, theirs: bytes) -> bytes:
        if self._verifier == "12c":
            both = _hex(theirs[:32] + self._part[:32]).encode()
            return hashlib.pbkdf2_hmac("sha512", both, self._session_salt, 3, 32)
        mixed = bytes(ours ^ other for ours, other in zip(self._part[16:40], theirs[16:40], strict=True))
        return (hashlib.md5(mixed[:16]).digest() + hashlib.md5(mixed[16:]).digest())[:24]


def _cipher(key: bytes) -> Cipher:
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16)))


def _encrypted(key: bytes, data: bytes) -> bytes:
    encryptor = _cipher(key).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _decrypted(key: bytes, data: bytes) -> bytes:
    decryptor = _cipher(key).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _hex(data: bytes) -> str:
    return data.hex().upper()
