"""How the secrets that the hub makes for clients are kept: salted, and hashed once.

PBKDF2 and its like make each guess slow, which saves what people choose: there are some billions of
likely passwords. A client's secret is random and of 128 bits and more; nobody tries 2 to the 128
values, however fast each try is. So slowness would save nothing, and would cost every token request of
a confidential client 0.2 to 0.5 s of a core. People's passwords stay with Django's default.
"""

import hashlib
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables


class RandomSecretHasher(BasePasswordHasher):
    """SHA-256 over salt and secret; for secrets made at random, never for passwords."""

    algorithm = "random_sha256"

    @sensitive_variables("password")
    def encode(self, password: str, salt: str) -> str:
        """Return the stored form, `random_sha256$SALT$HEX`."""
        self._check_encode_args(password, salt)  # type: ignore[attr-defined]
        digest = hashlib.sha256(f"{salt}${password}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, str]:
        """Return the parts of a stored form."""
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    @sensitive_variables("password")
    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether a secret is the stored one, in constant time."""
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """Return what may be shown of a stored form."""
        return {"algorithm": self.algorithm}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: there are no rounds to make up for."""
