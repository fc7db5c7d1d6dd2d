"""A SAML provider as tests play it: it signs, encrypts and asks as the standard says, with code of its own."""

from __future__ import annotations

import base64
import html
import os
import re
import zlib
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, unquote_plus, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from django.test import Client
from lxml import etree
from signxml import XMLSigner
from signxml.algorithms import CanonicalizationMethod, SignatureMethod

from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.kernel.clock import now
from banyan.core.web.accounts.single_sign_on import service_of

ENGLISH = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
ISSUER, SIGN_IN_URL, SIGN_OUT_URL = (f"https://idp.cast.test/{place}" for place in ("metadata", "sso", "slo"))
P, A = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"


class Signer:
    """A provider's key and certificate."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.cast.test")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name).issuer_name(name).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now() - timedelta(days=1)).not_valid_after(now() + timedelta(days=30))
            .sign(self.key, hashes.SHA256())
        )  # fmt: skip
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, element, method: SignatureMethod = SignatureMethod.RSA_SHA256):
        signer = XMLSigner(
            signature_algorithm=method, c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
        )
        return signer.sign(
            element, key=self.key, cert=self.certificate, reference_uri=element.get("ID"), id_attribute="ID"
        )


class Visit:
    """A browser that was sent to the provider."""

    def __init__(self, provider: IdentityProvider, *, asks: str = "") -> None:
        self.client = Client(headers=ENGLISH)
        self.provider = provider
        self.us = service_of(provider)
        page = self.client.get(f"/sso/{provider.organization_id}/{provider.pk}?next=/customers{asks}").text
        self.address = html.unescape(re.search(r'content="0;url=([^"]+)"', page).group(1))
        query = parse_qs(urlsplit(self.address).query)
        self.state = query["RelayState"][0]
        self.request = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), wbits=-15))
        self.request_id = self.request.get("ID")

    def answer(self, **changes: str):
        """Return an answer as an honest provider would make it, but for the changes; not signed yet."""
        at = now()
        facts = {
            "issuer": ISSUER, "audience": self.us.entity_id, "recipient": self.us.answers_at,
            "destination": self.us.answers_at, "request": self.request_id, "assertion_request": self.request_id,
            "id": "_assertion1", "subject": "nora", "email": "nora@cast.test", "status": "Success",
            "index": "_session1", "level": "", "proven_at": "",
            "not_before": f"{at - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}",
            "ends": f"{at + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
            "confirmed_until": f"{at + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
            "method": "urn:oasis:names:tc:SAML:2.0:cm:bearer",
            **changes,
        }  # fmt: skip
        proven = f'AuthnInstant="{facts["proven_at"]}"' if facts["proven_at"] else ""
        level = facts["level"] and f"<a:AuthnContextClassRef>{facts['level']}</a:AuthnContextClassRef>"
        return etree.fromstring(
            f"""<p:Response xmlns:p="{P}" xmlns:a="{A}" ID="_response1" Version="2.0" InResponseTo="{facts["request"]}"
            Destination="{facts["destination"]}"><a:Issuer>{facts["issuer"]}</a:Issuer>
            <p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{facts["status"]}"/></p:Status>
            <a:Assertion ID="{facts["id"]}" Version="2.0"><a:Issuer>{facts["issuer"]}</a:Issuer>
            <a:Subject><a:NameID>{facts["subject"]}</a:NameID><a:SubjectConfirmation Method="{facts["method"]}">
            <a:SubjectConfirmationData Recipient="{facts["recipient"]}" InResponseTo="{facts["assertion_request"]}"
            NotOnOrAfter="{facts["confirmed_until"]}"/></a:SubjectConfirmation></a:Subject>
            <a:Conditions NotBefore="{facts["not_before"]}" NotOnOrAfter="{facts["ends"]}"><a:AudienceRestriction>
            <a:Audience>{facts["audience"]}</a:Audience></a:AudienceRestriction></a:Conditions>
            <a:AuthnStatement SessionIndex="{facts["index"]}" {proven}><a:AuthnContext>{level}</a:AuthnContext></a:AuthnStatement><a:AttributeStatement><a:Attribute Name="email"><a:AttributeValue>{facts["email"]}</a:AttributeValue></a:Attribute>
            <a:Attribute Name="name"><a:AttributeValue>Nora New</a:AttributeValue></a:Attribute>
            <a:Attribute Name="groups"><a:AttributeValue>Sales Team</a:AttributeValue></a:Attribute></a:AttributeStatement>
            </a:Assertion></p:Response>"""
        )

    def post(self, response, state: str = ""):
        # The provider's page posts without our cookies.
        encoded = base64.b64encode(etree.tostring(response) if not isinstance(response, bytes) else response).decode()
        address = urlsplit(self.us.answers_at).path
        return Client(headers=ENGLISH).post(address, {"SAMLResponse": encoded, "RelayState": state or self.state})


def with_signed_assertion(response, signer: Signer, **options):
    assertion = response.find(f"{{{A}}}Assertion")
    signed = signer.sign(deepcopy(assertion), **options)
    response.replace(assertion, signed)
    return response


XENC, XENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"


@dataclass(frozen=True)
class Encryption:
    """How a provider encrypts: the cipher of the content, how its key is wrapped, and where the wrapped key lies."""

    cipher: str = f"{XENC11}aes256-gcm"
    transport: str = f"{XENC}rsa-oaep-mgf1p"
    digest: str = ""
    mask: str = ""
    is_key_beside: bool = False


HASHES = {
    "": hashes.SHA1(),  # noqa: S303 what the standard takes when nothing else is said
    f"{XENC}sha256": hashes.SHA256(),
    f"{XENC11}mgf1sha256": hashes.SHA256(),
}


def encrypted(element, certificate: str, how: Encryption = Encryption()):
    """Return an EncryptedAssertion (or EncryptedID) that holds an element."""
    size = int(re.search(r"aes(\d+)", how.cipher).group(1)) // 8
    key, clear = os.urandom(size), etree.tostring(element)
    if how.cipher.endswith("gcm"):
        nonce = os.urandom(12)
        content = nonce + AESGCM(key).encrypt(nonce, clear, None)
    else:
        vector, missing = os.urandom(16), 16 - len(clear) % 16
        encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        content = vector + encryptor.update(clear + os.urandom(missing - 1) + bytes([missing])) + encryptor.finalize()
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    if how.transport.endswith("rsa-1_5"):
        wrapped = public.encrypt(key, padding.PKCS1v15())
    else:
        oaep = padding.OAEP(padding.MGF1(HASHES[how.mask]), HASHES[how.digest], None)
        wrapped = public.encrypt(key, oaep)
    digest = f'<ds:DigestMethod Algorithm="{how.digest}"/>' if how.digest else ""
    mask = f'<x11:MGF xmlns:x11="{XENC11}" Algorithm="{how.mask}"/>' if how.mask else ""
    wrapped_key = f"""<x:EncryptedKey><x:EncryptionMethod Algorithm="{how.transport}">{digest}{mask}</x:EncryptionMethod>
        <x:CipherData><x:CipherValue>{base64.encodebytes(wrapped).decode()}</x:CipherValue></x:CipherData></x:EncryptedKey>"""
    inside, beside = ("", wrapped_key) if how.is_key_beside else (f"<ds:KeyInfo>{wrapped_key}</ds:KeyInfo>", "")
    holder = "EncryptedID" if element.tag.endswith("NameID") else "EncryptedAssertion"
    return etree.fromstring(f"""<a:{holder} xmlns:a="{A}" xmlns:x="{
        XENC
    }" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <x:EncryptedData><x:EncryptionMethod Algorithm="{how.cipher}"/>{inside}<x:CipherData><x:CipherValue>{
        base64.b64encode(content).decode()
    }</x:CipherValue></x:CipherData></x:EncryptedData>{beside}</a:{holder}>""")


def with_encrypted_assertion(response, certificate: str, how: Encryption = Encryption()):
    """Return an answer whose assertion is encrypted as it stands."""
    assertion = response.find(f"{{{A}}}Assertion")
    response.replace(assertion, encrypted(assertion, certificate, how))
    return response


@dataclass
class Leaving:
    """A provider's wish to end somebody's sessions."""

    destination: str
    id: str = "_leaving1"
    name: str = "nora"
    indexes: tuple[str, ...] = ("_session1",)
    issuer: str = ISSUER
    at: datetime = field(default_factory=now)

    def xml(self):
        named = "".join(f"<p:SessionIndex>{index}</p:SessionIndex>" for index in self.indexes)
        return etree.fromstring(
            f"""<p:LogoutRequest xmlns:p="{P}" xmlns:a="{A}" ID="{self.id}" Version="2.0" Destination="{self.destination}"
            IssueInstant="{self.at:%Y-%m-%dT%H:%M:%SZ}"><a:Issuer>{self.issuer}</a:Issuer>
            <a:NameID>{self.name}</a:NameID>{named}</p:LogoutRequest>"""
        )


def in_address(signer: Signer, kind: str, xml, *, relay_state: str = "there", algorithm: str = "rsa-sha256") -> str:
    """Return the query that carries a message by redirect, signed as the standard says."""
    packer = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(packer.compress(etree.tostring(xml)) + packer.flush()).decode()
    method = f"http://www.w3.org/2001/04/xmldsig-more#{algorithm}"
    query = urlencode({kind: packed, "RelayState": relay_state, "SigAlg": method}, quote_via=quote)
    signature = signer.key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{query}&{urlencode({'Signature': base64.b64encode(signature).decode()})}"


def read_address(address: str, certificate: str):
    """Return kind, XML and relay state of a message that we send, after verifying our signature as a provider does."""
    query = urlsplit(address).query
    signed, _, signature = query.rpartition("&Signature=")
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    public.verify(base64.b64decode(unquote_plus(signature)), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    values = parse_qs(query)
    kind = next(name for name in ("SAMLRequest", "SAMLResponse") if name in values)
    xml = etree.fromstring(zlib.decompress(base64.b64decode(values[kind][0]), wbits=-15))
    return kind, xml, values.get("RelayState", [""])[0]
