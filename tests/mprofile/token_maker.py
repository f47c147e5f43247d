#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes PSA attestation tokens as another program would: with the packages
python3-cbor2 and python3-cryptography, for tests of `cairn verify-token`.

    tests/mprofile/token_maker.py FOLDER IMAGE...

Writes public keys (256.pem, 384.pem, 521.pem) and tokens. The software
components are the images of MCUboot that are named.
"""
import hashlib
import os
import struct
import sys

try:
    import cbor2
    from cryptography.hazmat.primitives import hashes, hmac, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils
except ImportError as reason:
    print(reason)
    sys.exit(77)

KEYS = {
    256: (ec.SECP256R1(), hashes.SHA256(), -7, 32),
    384: (ec.SECP384R1(), hashes.SHA384(), -35, 48),
    521: (ec.SECP521R1(), hashes.SHA512(), -36, 66),
}
NONCE = bytes.fromhex("00112233445566778899aabbccddeeff" * 2)


def component(path):
    """What a boot loader measures of an image: its TLVs 10 and 01."""
    data = open(path, "rb").read()
    header, protected, size = struct.unpack_from("<HHI", data, 8)
    at = header + size + protected
    _, total = struct.unpack_from("<HH", data, at)
    end = at + total
    at += 4
    found = {}
    while at < end:
        kind, length = struct.unpack_from("<HH", data, at)
        found[kind] = data[at + 4 : at + 4 + length]
        at += 4 + length
    return {1: "image", 2: found[0x10], 4: "1.2.3", 5: found[0x01], 6: "SHA256"}


def instance(private):
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return b"\x01" + hashlib.sha256(point).digest()


def first(private, components):
    return {
        -75000: "PSA_IOT_PROFILE_1",
        -75001: -2,
        -75002: 0x3000,
        -75003: os.urandom(32),
        -75004: os.urandom(32),
        -75005: "0604565272829-10010",
        -75006: components,
        -75008: NONCE,
        -75009: instance(private),
        -75010: "verifier.example",
    }


def later(private, components, profile="http://arm.com/psa/2.0.0", seed=268):
    return {
        10: NONCE,
        256: instance(private),
        265: profile,
        seed: os.urandom(32),
        2394: 7,
        2395: 0x3000,
        2396: os.urandom(32),
        2399: components,
    }


def platform(private, components):
    return {
        10: NONCE,
        256: instance(private),
        265: "tag:arm.com,2023:cca_platform#1.0.0",
        2395: 0x3003,
        2396: os.urandom(32),
        2399: components,
        2400: "verifier.example",
        2401: b"\xcf\xcf\xcf\xcf",
        2402: "sha-256",
    }


def sign1(private, bits, claims, algorithm=None):
    _, digest, number, size = KEYS[bits]
    protected = cbor2.dumps({1: algorithm or number})
    payload = cbor2.dumps(claims)
    message = cbor2.dumps(["Signature1", protected, b"", payload])
    r, s = utils.decode_dss_signature(private.sign(message, ec.ECDSA(digest)))
    signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return cbor2.CBORTag(18, [protected, {}, payload, signature])


def mac0(claims):
    protected = cbor2.dumps({1: 5})
    payload = cbor2.dumps(claims)
    tag = hmac.HMAC(b"secret", hashes.SHA256())
    tag.update(cbor2.dumps(["MAC0", protected, b"", payload]))
    return cbor2.CBORTag(17, [protected, {}, payload, tag.finalize()])


def main(folder, images):
    keys = {bits: ec.generate_private_key(KEYS[bits][0]) for bits in KEYS}
    parts = [component(image) for image in images]
    p256 = keys[256]
    tokens = {}
    for bits, private in keys.items():
        tokens[f"first-{bits}"] = sign1(private, bits, first(private, parts))
        tokens[f"later-{bits}"] = sign1(private, bits, later(private, parts))
        tokens[f"platform-{bits}"] = sign1(private, bits, platform(private, parts))
    tokens["rfc9783"] = sign1(
        p256, 256, later(p256, parts, "tag:psacertified.org,2023:psa#tfm")
    )
    tokens["tfm-seed"] = sign1(p256, 256, later(p256, parts, seed=2397))
    tokens["untagged"] = sign1(p256, 256, first(p256, parts)).value
    tokens["mac0"] = mac0(first(p256, parts))
    tokens["cca"] = cbor2.CBORTag(
        399, {44234: cbor2.dumps(sign1(p256, 256, platform(p256, parts)))}
    )
    tokens["other-instance"] = sign1(p256, 256, first(keys[384], parts))
    tokens["other-algorithm"] = sign1(p256, 256, first(p256, parts), -35)
    changed = sign1(p256, 256, first(p256, parts))
    claims = cbor2.loads(changed.value[2])
    claims[-75002] = 0x4000
    changed.value[2] = cbor2.dumps(claims)
    tokens["changed"] = changed
    other = [dict(part) for part in parts]
    other[0][2] = hashlib.sha256(b"another image").digest()
    tokens["other-measurement"] = sign1(p256, 256, first(p256, other))
    other = [dict(part) for part in parts]
    other[-1][5] = hashlib.sha256(b"another signer").digest()
    tokens["other-signer"] = sign1(p256, 256, first(p256, other))
    for name, token in tokens.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(cbor2.dumps(token))
    for bits, private in keys.items():
        with open(os.path.join(folder, f"{bits}.pem"), "wb") as file:
            file.write(
                private.public_key().public_bytes(
                    serialization.Encoding.PEM,
                    serialization.PublicFormat.SubjectPublicKeyInfo,
                )
            )


main(sys.argv[1], sys.argv[2:])
