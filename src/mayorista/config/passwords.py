"""How passwords are kept."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with the parameters OWASP names for servers of little memory (19 MiB, two passes, one lane).

    Django's own default takes 100 MiB a login, a quarter of what the whole demo may use.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
