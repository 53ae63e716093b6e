"""The API key: from FILED_API_KEY, the system's secret store, or a private file. Never shown."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.errors import SignInNeeded
from agent.system.key_file import read_key_file, write_key_file
from agent.system.places import NAME, Home
from agent.system.redaction import hide_everywhere

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

KEY_VARIABLE = "FILED_API_KEY"
KEY_MOST = 4096
LOGIN = "Run `filed-agent login` with a key from Plugins > Filed API."


class Secrets:
    """Reads and keeps the one secret there is. Its value is in no message and no repr."""

    def __init__(self, home: Home, env: Mapping[str, str]) -> None:
        self._home = home
        self._env = env
        # Two homes are two agents, perhaps of two workspaces: they must not share a key.
        self._account = f"api-key of {home.folder}" if home.named else "api-key"

    def key(self) -> str:
        """The API key. Raises SignInNeeded where there is none or it cannot be used."""
        return self._found()[0]

    def where(self) -> str:
        """Where the key comes from, for people. Raises SignInNeeded as key() does."""
        return self._found()[1]

    def remember(self, key: str, *, allow_file: bool = False) -> str:
        """Keep the key and say where. Raises SignInNeeded for what is no key, and where no
        secret store serves while `allow_file` does not permit the private file."""
        clean = clean_key(key, "The key")
        store = _store()
        if store is not None and self._stored(store, clean):
            self._home.key_file.unlink(missing_ok=True)
            return store.name
        if not allow_file:
            raise SignInNeeded(
                "This machine has no secret store that can be used. Run "
                f"`filed-agent login --allow-file` to keep the key in {self._home.key_file} "
                f"(readable by this account only), or set {KEY_VARIABLE}."
            )
        write_key_file(self._home.key_file, clean)
        return str(self._home.key_file)

    def forget(self) -> None:
        """Remove the key from the secret store and the file; the environment is not ours."""
        store = _store()
        if store is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _forgotten(store, self._account)
        self._home.key_file.unlink(missing_ok=True)

    def _found(self) -> tuple[str, str]:
        if KEY_VARIABLE in self._env:
            return clean_key(self._env[KEY_VARIABLE], KEY_VARIABLE), f"the variable {KEY_VARIABLE}"
        store = _store()
        kept = None if store is None else _kept(store, self._account)
        if store is not None and kept is not None:
            return clean_key(kept, "The stored key"), store.name
        text = read_key_file(self._home.key_file)
        if text is not None:
            return clean_key(text, f"{self._home.key_file}"), str(self._home.key_file)
        raise SignInNeeded(f"There is no API key yet. {LOGIN}")

    def _stored(self, store: KeyringBackend, key: str) -> bool:
        from keyring.errors import KeyringError

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                store.set_password(NAME, self._account, key)
            except (KeyringError, OSError):
                return False
        return True


def clean_key(text: str, named: str) -> str:
    """The key without blanks around it and without "Bearer " (reliability.md C10).

    Raises SignInNeeded, which names the place and never the value, for what no header can carry.
    """
    key = text.strip()
    if key[:7].lower() == "bearer ":
        key = key[7:].strip()
    if not key or key.lower() == "bearer":
        raise SignInNeeded(f"{named} is empty. {LOGIN}")
    if len(key) > KEY_MOST or not key.isascii() or not key.isprintable() or " " in key:
        raise SignInNeeded(
            f"{named} is no API key: it has a line break, a space or another character that no "
            f"key has, or it is too long. {LOGIN}"
        )
    hide_everywhere(key)
    return key


def _store() -> KeyringBackend | None:
    """The system's secret store; None where there is none, or one that writes plain text.

    keyring is imported here because it looks through all installed packages, which is slow.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keyring
        from keyring.backends import fail, null
        from keyring.errors import KeyringError

        try:
            store = keyring.get_keyring()
        except (KeyringError, OSError, RuntimeError):
            return None
    useless = isinstance(store, fail.Keyring | null.Keyring)
    return None if useless or type(store).__module__.startswith("keyrings.alt") else store


def _kept(store: KeyringBackend, account: str) -> str | None:
    from keyring.errors import KeyringError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return store.get_password(NAME, account)
        except (KeyringError, OSError) as error:
            raise SignInNeeded(
                f"The secret store ({store.name}) does not answer: it is locked, or nobody is "
                f"signed in at this machine. Unlock it, or set {KEY_VARIABLE}."
            ) from error


def _forgotten(store: KeyringBackend, account: str) -> None:
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        store.delete_password(NAME, account)
    except PasswordDeleteError:
        return  # it held none
    except (KeyringError, OSError) as error:
        raise SignInNeeded(
            f"The secret store ({store.name}) does not answer; the key may still be there."
        ) from error
