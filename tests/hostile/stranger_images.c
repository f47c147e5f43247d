/* SPDX-License-Identifier: Apache-2.0 */
/* Images and tokens of microcontrollers, for strangers.c. */
#include <stdlib.h>

#include "base/bits.h"
#include "tests/hostile/stranger_parts.h"
#include "trust/mcuboot/keys.h"

/* The keys that the seeds of trust/mcuboot/mcuboot_fuzz.c are made with. */
static bool put_key(struct stranger *stranger, enum mcuboot_key_type type,
                    const char *name)
{
    struct buffer key = {0};
    bool good = mcuboot_key_generate(type, "fuzz", 4, &key, NULL) == 0 &&
                stranger_put(stranger, name, key.bytes, key.size);
    buffer_fini(&key);
    return good;
}

bool stranger_make_image(struct stranger *stranger)
{
    static const struct {
        const char *seed;
        enum mcuboot_key_type key;
        enum mcuboot_key_type device;
    } rows[] = {
        {"ed25519-x25519", MCUBOOT_ED25519,    MCUBOOT_X25519    },
        {"p256-p256",      MCUBOOT_ECDSA_P256, MCUBOOT_ECDSA_P256},
        {"p384-aes",       MCUBOOT_ECDSA_P384, MCUBOOT_AES_128   },
        {"pure-slot",      MCUBOOT_ED25519,    MCUBOOT_X25519    },
    };
    uint64_t row = stranger_draw(stranger, ARRAY_SIZE(rows));
    char *path = xasprintf("tests/corpus/mcuboot/%s", rows[row].seed);
    bool good = stranger_put_spoilt(stranger, path, "image") &&
                put_key(stranger, rows[row].key, "key") &&
                put_key(stranger, rows[row].device, "device");
    free(path);
    stranger_say(stranger, "inspect");
    stranger_say(stranger, "in/image");
    stranger_say(stranger, "--verify");
    stranger_say(stranger, "--key=in/key");
    stranger_say(stranger, "--decrypt=in/device");
    if (stranger_draw(stranger, 2)) {
        stranger_say(stranger, "--json");
    }
    return good;
}

bool stranger_make_token(struct stranger *stranger)
{
    static const char *const seeds[] = {"first", "later", "platform"};
    char *path = xasprintf("tests/corpus/psa_token/%s", DRAW(stranger, seeds));
    bool good = stranger_put_spoilt(stranger, path, "token") &&
                put_key(stranger, MCUBOOT_ECDSA_P256, "key") &&
                stranger_put_spoilt(stranger, "tests/corpus/mcuboot/pure-slot",
                                    "image");
    free(path);
    stranger_say(stranger, "verify-token");
    stranger_say(stranger, "in/token");
    stranger_say(stranger, "--key=in/key");
    if (stranger_draw(stranger, 2)) {
        stranger_say(stranger, "--image=in/image");
    }
    return good;
}
