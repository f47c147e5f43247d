/* SPDX-License-Identifier: Apache-2.0 */
/* Headers and numbers of DER, written backwards. */
#include "guest/kit/der/der.h"

#include "guest/kit/memory/memory.h"

void der_begin(struct der *der, uint8_t *buffer, uint32_t size)
{
    der->start = buffer;
    der->end = buffer + size;
    der->at = der->end;
    der->overflow = false;
}

uint32_t der_end(struct der *der)
{
    uint32_t size = (uint32_t)(der->end - der->at);
    if (der->overflow) {
        return 0;
    }
    memmove(der->start, der->at, size);
    return size;
}

void der_bytes(struct der *der, const void *bytes, uint32_t size)
{
    if (size > (uint32_t)(der->at - der->start)) {
        der->overflow = true;
        return;
    }
    der->at -= size;
    memcpy(der->at, bytes, size);
}

uint8_t *der_mark(const struct der *der)
{
    return der->at;
}

/* Definite form, X.690 8.1.3: the shortest. */
static void header(struct der *der, uint8_t tag, uint32_t size)
{
    uint8_t bytes[4] = {tag, (uint8_t)size};
    uint32_t used = 2;
    if (size > 0xff) {
        bytes[1] = 0x82;
        bytes[2] = (uint8_t)(size >> 8);
        bytes[3] = (uint8_t)size;
        used = 4;
    } else if (size > 0x7f) {
        bytes[1] = 0x81;
        bytes[2] = (uint8_t)size;
        used = 3;
    }
    der->overflow |= size > 0xffff;
    der_bytes(der, bytes, used);
}

void der_wrap(struct der *der, uint8_t tag, const uint8_t *mark)
{
    header(der, tag, (uint32_t)(mark - der->at));
}

void der_element(struct der *der, uint8_t tag, const void *bytes, uint32_t size)
{
    der_bytes(der, bytes, size);
    header(der, tag, size);
}

void der_unsigned(struct der *der, uint8_t tag, const uint8_t *bytes,
                  uint32_t size)
{
    const uint8_t *mark = der_mark(der);
    while (size > 1 && bytes[0] == 0) {
        bytes++;
        size--;
    }
    der_bytes(der, bytes, size);
    if ((bytes[0] & 0x80) != 0) {
        static const uint8_t positive;
        der_bytes(der, &positive, 1);
    }
    der_wrap(der, tag, mark);
}

void der_bits(struct der *der, uint8_t tag, const uint8_t *bytes, uint32_t size,
              uint8_t unused)
{
    const uint8_t *mark = der_mark(der);
    der_bytes(der, bytes, size);
    der_bytes(der, &unused, 1);
    der_wrap(der, tag, mark);
}
