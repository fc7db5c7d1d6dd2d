"""How passwords are hashed."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id that several people can use at once.

    Django's own parameters take 100 MB and eight threads for each sign-in: ten people at nine o'clock
    would need a gigabyte. These are stronger than the least that OWASP asks for (19 MiB, two passes).
    """

    time_cost = 3
    memory_cost = 32 * 1024
    parallelism = 1
