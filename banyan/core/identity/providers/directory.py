"""LDAP and Active Directory: the person is looked up by the directory's reader, then proves the password itself."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import ldap3
from django.utils.translation import gettext as _
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.providers.reaching import directory_addresses, require_encryption
from banyan.core.identity.providers.secrets import secret_of
from banyan.core.identity.providers.vouching import ProviderFailed, Vouched

TIMEOUT_SECONDS = 8
PERSON_FILTER = "(&(objectClass=person)(|(mail={login})(userPrincipalName={login})))"
GROUP_FILTER = "(|(member={dn})(uniqueMember={dn}))"
#: Active Directory's and OpenLDAP's own names of a person that stay when the person is renamed.
LASTING = ("objectGUID", "entryUUID")


def check_directory_password(provider: IdentityProvider, *, login: str, password: str) -> Vouched | None:
    """Return the person whose e-mail address and password these are, or None.

    Raises ``ProviderFailed`` when the directory cannot be asked.
    """
    # An empty password would be an anonymous bind, which most directories accept for everybody.
    if not password or not login:
        return None
    try:
        with _bound_reader(provider) as reader:
            entry = _find_person(provider, reader, login)
            if entry is None or not _accepts(provider, entry["dn"], password):
                return None
            return _vouched(provider, reader, entry)
    except (LDAPException, OSError, ssl.SSLError) as problem:
        raise _failed(provider, problem) from None


def try_directory(provider: IdentityProvider) -> None:
    """Raise ``ProviderFailed`` unless the directory can be reached and its reader may search."""
    try:
        with _bound_reader(provider) as reader:
            reader.search(provider.settings["base_dn"], "(objectClass=*)", ldap3.BASE)
            if reader.result["result"] != 0:
                raise _unreachable(provider)
    except (LDAPException, OSError, ssl.SSLError) as problem:
        raise _failed(provider, problem) from None


def _server(provider: IdentityProvider) -> ldap3.Server:
    settings = provider.settings
    require_encryption(settings["url"], starts_tls=bool(settings.get("starts_tls")))
    return _PinnedServer(settings["url"], _Tls(settings.get("ca_certificate") or ""))


class _Tls(ldap3.Tls):
    """Encryption as Python sets it up by itself: the name is compared by OpenSSL, within the handshake.

    The library would compare it afterwards, by a function that newer Pythons do not have.
    """

    def __init__(self, authority: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED, version=ssl.PROTOCOL_TLS_CLIENT, ca_certs_data=authority or None)
        self._context = ssl.create_default_context(cadata=authority or None)

    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 as the library calls it
        """Encrypt a connection; raises ``ssl.SSLError``, upon which the socket is closed."""
        connection.socket = self._context.wrap_socket(
            connection.socket, do_handshake_on_connect=do_handshake, server_hostname=connection.server.host
        )


class _PinnedServer(ldap3.Server):
    """A directory at the addresses that were checked, whatever its name says by now; the certificate is the name's."""

    _address_info: list[list[Any]]

    def __init__(self, url: str, tls: ldap3.Tls) -> None:
        self._pinned = directory_addresses(url)
        super().__init__(url, tls=tls, connect_timeout=TIMEOUT_SECONDS, get_info=ldap3.NONE)

    @property
    def address_info(self) -> list[list[Any]]:
        """Return the addresses as the library keeps them: those of ``getaddrinfo``, availability, time of the check."""
        if not self._address_info:
            families = {4: socket.AF_INET, 6: socket.AF_INET6}
            self._address_info = [
                [families[one.version], socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (str(one), self.port), None, None]
                for one in self._pinned
            ]
        return self._address_info


@contextmanager
def _connection(provider: IdentityProvider, user: str, password: str) -> Iterator[ldap3.Connection]:
    """Connect to the directory, not bound yet, and close the connection whatever happens."""
    connection = ldap3.Connection(
        _server(provider), user=user or None, password=password or None, receive_timeout=TIMEOUT_SECONDS,
        read_only=True, raise_exceptions=False, auto_referrals=False,
    )  # fmt: skip
    try:
        connection.open()
        if provider.settings.get("starts_tls"):
            connection.start_tls()
        yield connection
    finally:
        # What went wrong before is worth telling, not that nobody can be told good-bye.
        with suppress(LDAPException):
            connection.unbind()
        # The library leaves a socket open that it could not connect.
        if connection.socket is not None:
            connection.socket.close()


@contextmanager
def _bound_reader(provider: IdentityProvider) -> Iterator[ldap3.Connection]:
    secret = secret_of(provider)
    with _connection(provider, provider.settings.get("bind_dn", ""), secret) as reader:
        if not reader.bind():
            raise ProviderFailed("directory_refused", _("The directory refuses the account that reads it."))
        yield reader


def _accepts(provider: IdentityProvider, dn: str, password: str) -> bool:
    with _connection(provider, dn, password) as connection:
        return bool(connection.bind())


def _find_person(provider: IdentityProvider, reader: ldap3.Connection, login: str) -> dict[str, Any] | None:
    """Return the one entry that fits; several are none, because nobody knows which is meant."""
    settings = provider.settings
    pattern = settings.get("person_filter") or PERSON_FILTER
    wanted = [_email_attribute(provider), _name_attribute(provider), "memberOf", *LASTING]
    reader.search(
        settings["base_dn"], pattern.replace("{login}", escape_filter_chars(login)), attributes=wanted, size_limit=2
    )
    entries = [entry for entry in reader.response or [] if entry.get("type") == "searchResEntry"]
    return entries[0] if len(entries) == 1 else None


def _vouched(provider: IdentityProvider, reader: ldap3.Connection, entry: dict[str, Any]) -> Vouched:
    raw: dict[str, list[bytes]] = entry["raw_attributes"]
    lasting = next((raw[name][0].hex() for name in LASTING if raw.get(name)), "")
    return Vouched(
        subject=(lasting or entry["dn"])[:255],
        email=_first(raw, _email_attribute(provider)),
        name=_first(raw, _name_attribute(provider)),
        groups=_groups(provider, reader, entry["dn"], raw),
    )


def _groups(
    provider: IdentityProvider, reader: ldap3.Connection, dn: str, raw: dict[str, list[bytes]]
) -> tuple[str, ...]:
    """Return the person's groups, each by its distinguished name and by its short name."""
    names = [entry.decode(errors="replace") for entry in raw.get("memberOf", [])]
    if provider.settings.get("group_base_dn"):
        wanted = GROUP_FILTER.replace("{dn}", escape_filter_chars(dn))
        reader.search(provider.settings["group_base_dn"], wanted, attributes=["cn"])
        names += [entry["dn"] for entry in reader.response or [] if entry.get("type") == "searchResEntry"]
    short = [name.partition(",")[0].partition("=")[2] for name in names]
    return tuple(dict.fromkeys([*names, *short]))


def _email_attribute(provider: IdentityProvider) -> str:
    return provider.settings.get("email_attribute") or "mail"


def _name_attribute(provider: IdentityProvider) -> str:
    return provider.settings.get("name_attribute") or "displayName"


def _first(raw: dict[str, list[bytes]], name: str) -> str:
    values = raw.get(name) or [b""]
    return values[0].decode(errors="replace")


def _failed(provider: IdentityProvider, problem: Exception) -> ProviderFailed:
    """Return the refusal for what the library raised; what is wrong with a certificate is said, since it can be mended.

    The library passes the words of OpenSSL on in errors of its own, so that the words have to be read.
    """
    words = " ".join(map(str, (problem, problem.__cause__, problem.__context__)))
    if "CERTIFICATE_VERIFY_FAILED" not in words:
        return _unreachable(provider)
    values = {"name": provider.name, "host": urlsplit(provider.settings["url"]).hostname}
    if "expired" in words:
        message = _("The certificate of the directory %(name)s has expired. Renew it there.")
    elif "issuer" in words or "self-signed" in words or "self signed" in words:
        message = _(
            "The certificate of the directory %(name)s is from an authority that is not known here. Put the certificate of"
            " that authority into the settings of the provider."
        )
    elif "mismatch" in words:
        message = _(
            "The certificate of the directory %(name)s is not for %(host)s. Use the name that stands in the certificate as"
            " address."
        )
    else:
        message = _("The certificate of the directory %(name)s cannot be trusted.")
    return ProviderFailed("directory_certificate", message % values)


def _unreachable(provider: IdentityProvider) -> ProviderFailed:
    message = _("The directory %(name)s cannot be reached or refuses to be searched.")
    return ProviderFailed("directory_unreachable", message % {"name": provider.name})
