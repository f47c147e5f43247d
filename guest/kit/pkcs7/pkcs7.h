/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detached PKCS #7 signatures (RFC 2315) of one signer with RSA and SHA-256,
 * signed attributes and the signer's certificate included: what tools make for
 * firmware capsules. DER only; no length is trusted. capsule_verify of
 * trust/capsule/capsule.h judges the same by libcrypto, and has to agree.
 * Certificates that are not the signer's are passed over, here unread.
 */
#ifndef GUEST_KIT_PKCS7_H
#define GUEST_KIT_PKCS7_H

#include <stddef.h>
#include <stdint.h>

enum pkcs7_verdict {
    PKCS7_GOOD,
    PKCS7_MALFORMED,   /* not such a structure */
    PKCS7_UNSUPPORTED, /* another digest, signature or key */
    PKCS7_UNTRUSTED,   /* the certificate is not the trusted one */
    PKCS7_WRONG_DIGEST,
    PKCS7_WRONG_SIGNATURE,
};

/* digest: SHA-256 of the content. trusted: SHA-256 of the one certificate, DER,
 * that may sign; its validity dates are not looked at. */
enum pkcs7_verdict pkcs7_verify(const uint8_t *der, size_t size,
                                const uint8_t digest[32],
                                const uint8_t trusted[32]);

#endif
