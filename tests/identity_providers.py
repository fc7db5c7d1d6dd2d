"""Real providers of single sign-on in processes of their own: an OpenID provider, and a directory (slapd)."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.installation import free_port, wait_until

#: A certificate for ``localhost`` that signs itself.
CERTIFICATE = Path(__file__).parent / "data/tls/collector.pem"
READER_PASSWORD = "reader of the directory"
DIRECTORY_PASSWORD = "password of the directory"

SLAPD = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
database mdb
maxsize 10485760
suffix "dc=cast,dc=test"
rootdn "cn=root,dc=cast,dc=test"
rootpw root
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,dc=cast,dc=test" read by * none
"""
ENTRIES = f"""
dn: dc=cast,dc=test
objectClass: domain
dc: cast

dn: cn=reader,dc=cast,dc=test
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {READER_PASSWORD}

dn: ou=people,dc=cast,dc=test
objectClass: organizationalUnit
ou: people

dn: uid=nora,ou=people,dc=cast,dc=test
objectClass: inetOrgPerson
uid: nora
cn: Nora New
sn: New
displayName: Nora New
mail: nora@cast.test
userPassword: {DIRECTORY_PASSWORD}

dn: uid=olga,ou=people,dc=cast,dc=test
objectClass: inetOrgPerson
uid: olga
cn: Olga Owner
sn: Owner
displayName: Olga Owner
mail: owner@cast.test
userPassword: {DIRECTORY_PASSWORD}

dn: uid=eve,ou=people,dc=cast,dc=test
objectClass: inetOrgPerson
uid: eve
cn: Eve Elsewhere
sn: Elsewhere
mail: eve@elsewhere.test
userPassword: {DIRECTORY_PASSWORD}

dn: ou=groups,dc=cast,dc=test
objectClass: organizationalUnit
ou: groups

dn: cn=Sales Team,ou=groups,dc=cast,dc=test
objectClass: groupOfNames
cn: Sales Team
member: uid=nora,ou=people,dc=cast,dc=test
"""


@dataclass(frozen=True)
class Server:
    """A process that answers at a port of this machine."""

    port: int
    process: subprocess.Popen[bytes]


@contextmanager
def openid_provider(*people: dict[str, object]) -> Iterator[str]:
    """Run an OpenID provider that knows these people by their claims; give its issuer."""
    port = free_port()
    claims = [argument for person in people for argument in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *claims]
    with _running(command, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def directory(folder: Path) -> Iterator[str]:
    """Run OpenLDAP with a few people and a group; give its address."""
    port = free_port()
    with _slapd(folder, port, f"ldap://127.0.0.1:{port}"):
        yield f"ldap://127.0.0.1:{port}"


@contextmanager
def encrypted_directory(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the same with a certificate for ``localhost``; give the address that begins encrypted, and the one for STARTTLS."""
    port, encrypted_port = free_port(), free_port()
    secure, plain = f"ldaps://localhost:{encrypted_port}", f"ldap://localhost:{port}"
    key = CERTIFICATE.with_suffix(".key")
    lines = f"TLSCertificateFile {CERTIFICATE}\nTLSCertificateKeyFile {key}\nTLSCACertificateFile {CERTIFICATE}\n"
    with _slapd(folder, port, f"{plain} {secure}", lines):
        yield secure, plain


@contextmanager
def _slapd(folder: Path, port: int, addresses: str, more: str = "") -> Iterator[None]:
    program = shutil.which("slapd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise RuntimeError("slapd is missing: 'make setup' tells how to install it.")
    (folder / "data").mkdir(parents=True)
    configuration = folder / "slapd.conf"
    configuration.write_text(SLAPD.format(folder=folder).replace("database mdb", f"{more}database mdb"))
    entries = ["-Tadd", "-f", str(configuration)]
    subprocess.run([program, *entries], input=ENTRIES.encode(), check=True, capture_output=True)  # noqa: S603
    with _running([program, "-h", addresses, "-f", str(configuration), "-d", "0"], port):
        yield


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_until(lambda: process.poll() is not None or _answers(port), what=f"the start of {command[0]}")
        assert process.poll() is None, f"{command[0]} ended at once"
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
