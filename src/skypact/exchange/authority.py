"""A station's own certificate authority: it signs one certificate, and partners pin it by card.

In: a station's code, the hosts it is reached under, and a time. Out: X.509 certificates (RFC 5280)
over P-256 keys, which every TLS 1.3 library knows. A station trusts a partner's authority for that
partner's link alone; no public authority has a say.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS

DAY_NS = 86_400 * SECOND_NS
AUTHORITY_DAYS = 3_653
"""An authority lasts ten years: a new one means new cards, carried by hand."""
CERTIFICATE_DAYS = 397
"""A certificate is made anew from time to time, by the node itself; partners need not know."""
EARLY_NS = DAY_NS
"""Validity begins a day before, for partners whose clocks are behind."""
LONGEST_PEM = 8_192


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """What partners pin."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """What never leaves the station."""
        return key_pem(self.key)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as PKCS #8 in PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_authority(station: str, now_ns: int) -> Authority:
    """A new authority for one station."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(station, "authority")
    certificate = (
        _builder(name, name, key.public_key(), now_ns, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def read_authority(certificate: bytes, key: bytes, where: str) -> Authority:
    """An authority from its two PEM files.

    Raises
    ------
    BadInput
        If they are none, or do not belong together.
    """
    known = check_authority(certificate, where)
    try:
        private = load_pem_private_key(key, None)
    except (ValueError, TypeError):
        raise BadInput("not a key in PEM", where=where) from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or (
        private.public_key() != known.public_key()
    ):
        raise BadInput("the authority's key does not belong to its certificate", where=where)
    return Authority(known, private)


def issue_certificate(
    authority: Authority, station: str, hosts: Sequence[str], now_ns: int
) -> tuple[bytes, bytes]:
    """A certificate for the station's server, which also shows it when it dials.

    Parameters
    ----------
    authority
        Who signs it.
    station
        Its code.
    hosts
        Names or IP addresses it is reached under.
    now_ns
        Int64 UTC nanoseconds.

    Returns
    -------
    tuple
        The certificate and its new private key, both PEM.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    issuer = authority.certificate.subject
    names = [_host_name(host) for host in dict.fromkeys(hosts)]
    certificate = (
        _builder(_name(station, "server"), issuer, key.public_key(), now_ns, CERTIFICATE_DAYS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM), key_pem(key)


def check_authority(pem: bytes, where: str) -> x509.Certificate:
    """A partner's authority as its card carries it: one certificate, over P-256, signed by itself.

    Raises
    ------
    BadInput
        If it is anything else. A second certificate in the text would be trusted unseen.
    """
    try:
        if len(pem) > LONGEST_PEM:
            raise ValueError("too long")
        certificates = x509.load_pem_x509_certificates(pem)
        if len(certificates) != 1:
            raise ValueError(f"{len(certificates)} certificates")
        certificate = certificates[0]
        certificate.verify_directly_issued_by(certificate)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as problem:
        raise BadInput(f"not a certificate authority: {problem}", where=where) from None
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadInput("an authority whose key is not on P-256", where=where)
    if not constraints.ca or constraints.path_length != 0:
        raise BadInput(
            "a certificate that may not sign others, or may sign authorities", where=where
        )
    return certificate


def ends_ns(pem: bytes, where: str) -> int:
    """When a certificate ends, int64 UTC nanoseconds.

    Raises
    ------
    BadInput
        If it is none.
    """
    try:
        end = x509.load_pem_x509_certificate(pem).not_valid_after_utc
    except ValueError:
        raise BadInput("not a certificate in PEM", where=where) from None
    return int(end.timestamp()) * SECOND_NS


def hosts_of(pem: bytes, where: str) -> tuple[str, ...]:
    """Names and addresses that a server's certificate is good for.

    Raises
    ------
    BadInput
        If it is none.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        raise BadInput("not a server's certificate in PEM", where=where) from None
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return (*names.get_values_for_type(x509.DNSName), *addresses)


def _builder(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now_ns: int,
    days: int,
) -> x509.CertificateBuilder:
    start = _moment(now_ns - EARLY_NS)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(_moment(now_ns + days * DAY_NS))
    )


def _moment(time_ns: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(time_ns // SECOND_NS, datetime.UTC)


def _name(station: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"Skypact station {station}"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{station} {role}"),
        ]
    )


def _host_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
