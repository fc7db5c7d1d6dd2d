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
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from banyan.core.kernel.clock import now
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
    command = [sys.executable, "-W", "ignore", "-m", "tests.openid_process", str(port), json.dumps(people)]
    with running(command, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def directory(folder: Path) -> Iterator[str]:
    """Run OpenLDAP with a few people and a group; give its address."""
    port = free_port()
    with _slapd(folder, port, f"ldap://127.0.0.1:{port}"):
        yield f"ldap://127.0.0.1:{port}"


class Authority:
    """A certificate authority of a company's own."""

    def __init__(self, name: str = "Cast certificate authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        basic = x509.BasicConstraints(ca=True, path_length=0)
        made = self._builder(self._name, self._key.public_key(), 30).add_extension(basic, critical=True)
        self.certificate = made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, folder: Path, host: str, *, days: int = 30) -> Path:
        """Write a certificate for a host, and its key beside it; one of negative days has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        made = self._builder(subject, key.public_key(), days).add_extension(names, critical=False)
        path = folder / f"{host}.pem"
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        path.with_suffix(".key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
        at = now()
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(at - timedelta(days=60))
        return builder.not_valid_after(at + timedelta(days=days))


@contextmanager
def encrypted_directory(folder: Path, certificate: Path = CERTIFICATE) -> Iterator[tuple[str, str]]:
    """Run the same with a certificate for ``localhost``; give the address that begins encrypted, and the one for STARTTLS."""
    port, encrypted_port = free_port(), free_port()
    secure, plain = f"ldaps://localhost:{encrypted_port}", f"ldap://localhost:{port}"
    key = certificate.with_suffix(".key")
    lines = f"TLSCertificateFile {certificate}\nTLSCertificateKeyFile {key}\nTLSCACertificateFile {certificate}\n"
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
    with running([program, "-h", addresses, "-f", str(configuration), "-d", "0"], port):
        yield


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
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
