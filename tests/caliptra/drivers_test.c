/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drivers of our Caliptra firmware, compiled for the host over blocks that do
 * nothing but what the test says: each error that hardware reports has its
 * code, whatever step it comes in, and what was said to a block is compared
 * word by word. On real blocks errors come from faults alone.
 */
#include <stdio.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_registers.h"
#include "base/buffer.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/mmio/mmio.h"
#include "tests/harness.h"

enum { NEVER = -1, ENTROPY = 0x000d0006 };

/* ---- Blocks -------------------------------------------------------------- */

static struct {
    int fault; /* in this reading of an error */
    int readings;
    bool slow; /* a status is ready by its second reading only */
    uint32_t waited;
    uint32_t result[12]; /* what is read of any run of words */
    struct buffer said;
} block;

/* Once, when its turn comes. */
static bool fails(void)
{
    return block.readings++ == block.fault;
}

static bool is_port(uint32_t address)
{
    static const uint32_t ports[] = {
        CALIPTRA_ECC_PRIVKEY_READ,  CALIPTRA_ECC_SEED_READ,
        CALIPTRA_ECC_PRIVKEY_WRITE, CALIPTRA_HMAC_KEY_READ,
        CALIPTRA_HMAC_BLOCK_READ,   CALIPTRA_HMAC_TAG_WRITE,
    };
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        if (address == ports[i] + 4) {
            return true;
        }
    }
    return false;
}

uint32_t mmio_read(uint32_t address)
{
    if (address == CALIPTRA_ECC_ERROR) {
        return fails() ? 4 : 0;
    }
    if (block.slow && block.waited != address) {
        block.waited = address;
        return 0;
    }
    block.waited = 0;
    return CALIPTRA_STATUS_READY | CALIPTRA_STATUS_VALID |
           (is_port(address) && fails() ? 0x200 : 0);
}

void mmio_write(uint32_t address, uint32_t value)
{
    bool padding = value == 0 && address >= CALIPTRA_HMAC_BLOCK &&
                   address < CALIPTRA_HMAC_BLOCK + 128;
    if (!padding) {
        buffer_print(&block.said, "%x=%x ", (unsigned)(address & 0xfffff),
                     (unsigned)value);
    }
}

void mmio_read_words(uint32_t address, uint32_t *words, unsigned count)
{
    buffer_print(&block.said, "%x:%u ", (unsigned)(address & 0xfffff), count);
    memcpy(words, block.result, 4 * (size_t)count);
}

void mmio_write_words(uint32_t address, const uint32_t *words, unsigned count)
{
    buffer_print(&block.said, "%x#%u:%x ", (unsigned)(address & 0xfffff), count,
                 (unsigned)words[0]);
}

uint32_t mmio_wait(uint32_t address, uint32_t mask)
{
    uint32_t value;
    do {
        value = mmio_read(address);
    } while ((value & mask) == 0);
    return value;
}

uint32_t trng_draw(uint32_t words[12])
{
    memset(words, 0xe5, 48);
    return fails() ? ENTROPY : 0;
}

bool soc_ifc_generation_1_0(void)
{
    return false;
}

/* ---- What each function does --------------------------------------------- */

static const uint32_t digest[12] = {0xd1};
static uint32_t out[12];
static struct caliptra_ecc_key key;
static struct caliptra_ecc_signature signature;

static uint32_t verify(void)
{
    const struct caliptra_ecc_signature given = {{0x51}, {0x52}};
    const struct caliptra_ecc_key public = {{0x61}, {0x62}};
    return ecc_verify(&public, digest, &given, out);
}

static uint32_t generate(void)
{
    return ecc_generate(3, 5, &key);
}

static uint32_t sign(void)
{
    return ecc_sign(5, &key, digest, &signature);
}

static uint32_t generate_words(void)
{
    return ecc_generate_words(digest, out, &key);
}

static uint32_t sign_words(void)
{
    return ecc_sign_words(digest, digest, &signature);
}

static uint32_t tag_bytes(void)
{
    return hmac_bytes(1, "abc", 3, 2);
}

static uint32_t tag_slot(void)
{
    return hmac_slot(1, 4, 2);
}

static uint32_t tag_words(void)
{
    return hmac_words(digest, "abc", 3, out);
}

static uint32_t tag_nothing(void)
{
    return hmac_derive_nothing("abc", 2);
}

enum {
    SEED_READ = 0x00050001,
    KEY_WRITE = 0x00050005,
    KEY_READ = 0x00050007,
    PAIRWISE = 0x0005000d,
    HARDWARE = 0x00050011,
    HMAC_KEY = 0x00040001,
    HMAC_DATA = 0x00040004,
    HMAC_TAG = 0x00040008,
    FAULTS = 12,
};

/* codes: of a fault in each reading, in order. A port is asked whether it is
 * ready before, which tells nothing. */
static const struct driver {
    const char *name;
    uint32_t (*run)(void);
    uint32_t codes[FAULTS];
    int readings;
    uint32_t zeroized; /* the block's control register */
    /* Writes as ADDRESS=VALUE and ADDRESS#WORDS:FIRST, runs that are read as
     * ADDRESS:WORDS; addresses without their first digits, no padding. */
    const char *said;
} drivers[] = {
    {"verify",
     verify,         {HARDWARE, HARDWARE},
     2,  0,
     "8200#12:61 8280#12:62 8100#12:d1 8300#12:51 8380#12:52 "
     "8010=3 8400:12 8010=4 "                                      },
    {"generate",
     generate,       {HARDWARE, 0, 0, SEED_READ, ENTROPY, HARDWARE, KEY_WRITE, PAIRWISE, 0,
      PAIRWISE, PAIRWISE, PAIRWISE},
     14, CALIPTRA_ECC_CTRL,
     "8610=20b 8608=7 8500#12:0 8480#12:e5e5e5e5 8010=1 8200:12 "
     "8280:12 8010=4 8600=b 8100#12:0 8480#12:e5e5e5e5 8010=2 "
     "8300:12 8380:12 8010=4 8200#12:51 8280#12:51 8100#12:0 "
     "8300#12:51 8380#12:51 8010=3 8400:12 8010=4 "                },
    {"sign",
     sign,           {HARDWARE, 0, KEY_READ, ENTROPY, HARDWARE, HARDWARE, HARDWARE},
     7,  0,
     "8600=b 8100#12:d1 8480#12:e5e5e5e5 8010=2 8300:12 8380:12 "
     "8010=4 8200#12:51 8280#12:51 8100#12:d1 8300#12:51 "
     "8380#12:51 8010=3 8400:12 8010=4 "                           },
    {"generate from words",
     generate_words, {HARDWARE, ENTROPY, HARDWARE},
     3,  0,
     "8610=0 8080#12:d1 8500#12:0 8480#12:e5e5e5e5 8010=1 8200:12 "
     "8280:12 8180:12 8010=4 "                                     },
    {"sign with words",
     sign_words,     {HARDWARE, ENTROPY, HARDWARE},
     3,  0,
     "8580#12:d1 8100#12:d1 8480#12:e5e5e5e5 8010=2 8300:12 "
     "8380:12 8010=4 "                                             },
    {"HMAC of bytes",
     tag_bytes,      {ENTROPY, 0, HMAC_KEY, 0, HMAC_TAG},
     5,  CALIPTRA_HMAC_CTRL,
     "10130#12:e5e5e5e5 10080=61626380 100fc=418 10600=3 "
     "10610=445 10010=1 10010=4 "                                  },
    {"HMAC of a slot",
     tag_slot,       {ENTROPY, 0, HMAC_DATA, 0, HMAC_KEY, 0, HMAC_TAG},
     7,  CALIPTRA_HMAC_CTRL,
     "10130#12:e5e5e5e5 10608=9 10600=3 10610=445 10010=1 10010=4 "},
    {"HMAC of words",
     tag_words,      {ENTROPY},
     1,  CALIPTRA_HMAC_CTRL,
     "10610=0 10040#12:d1 10130#12:e5e5e5e5 10080=61626380 "
     "100fc=418 10010=1 10100:12 10010=4 "                         },
    {"HMAC without key",
     tag_nothing,    {ENTROPY, 0, HMAC_TAG},
     3,  CALIPTRA_HMAC_CTRL,
     "10040#12:0 10130#12:e5e5e5e5 10080=1 10084=61626380 "
     "100fc=438 10610=445 10010=1 10010=4 "                        },
};

static uint32_t run(const struct driver *driver, int fault, bool slow)
{
    buffer_clear(&block.said);
    block.fault = fault;
    block.readings = 0;
    block.slow = slow;
    block.waited = 0;
    block.result[0] = 0x51;
    return driver->run();
}

TEST(each_fault_of_a_block_has_its_code)
{
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
        const struct driver *driver = &drivers[i];
        test_case("%s", driver->name);
        EXPECT_EQ(run(driver, NEVER, false), 0);
        EXPECT_EQ(block.readings, driver->readings);
        for (int fault = 0; fault < driver->readings && fault < FAULTS;
             fault++) {
            test_case("%s, fault in reading %d", driver->name, fault);
            EXPECT_EQ(run(driver, fault, false), driver->codes[fault]);
            if (driver->zeroized != 0) {
                char zeroize[16];
                snprintf(zeroize, sizeof zeroize, "%x=4 ",
                         (unsigned)(driver->zeroized & 0xfffff));
                EXPECT(strstr(buffer_text(&block.said), zeroize) != NULL);
            }
        }
    }
}

TEST(what_is_said_to_a_block_is_what_it_needs)
{
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
        test_case("%s", drivers[i].name);
        EXPECT_EQ(run(&drivers[i], NEVER, false), 0);
        EXPECT_STR(buffer_text(&block.said), drivers[i].said);
        EXPECT_EQ(run(&drivers[i], NEVER, true), 0);
        EXPECT_STR(buffer_text(&block.said), drivers[i].said);
    }
}

/* ---- Scalars and lengths ------------------------------------------------- */

TEST(scalars_are_between_0_and_the_order)
{
    static const struct {
        uint32_t first, middle, last;
        uint32_t code;
    } cases[] = {
        {0,          0,          0,          0x0005000f},
        {0,          0,          1,          0         },
        {0,          1,          0,          0         },
        {0xffffffff, 0xc7634d81, 0xccc52973, 0x0005000f},
        {0xffffffff, 0xc7634d81, 0xccc52972, 0         },
        {0xffffffff, 0xc7634d81, 0xccc52974, 0x0005000f},
        {0xffffffff, 0xc7634d82, 0,          0x0005000f},
        {0xffffffff, 0xc7634d80, 0xffffffff, 0         },
        {0xfffffffe, 0xffffffff, 0xffffffff, 0         },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (unsigned part = 0; part < 2; part++) {
            static const uint32_t order[12] = {
                0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                0xffffffff, 0xffffffff, 0xc7634d81, 0xf4372ddf,
                0x581a0db2, 0x48b0a77a, 0xecec196a, 0xccc52973,
            };
            struct caliptra_ecc_signature given = {{1}, {1}};
            uint32_t *scalar = part == 0 ? given.r : given.s;
            memcpy(scalar, order, sizeof given.r);
            if (cases[i].first == 0) {
                memset(scalar, 0, sizeof given.r);
            }
            scalar[0] = cases[i].first;
            scalar[6] = cases[i].middle;
            scalar[11] = cases[i].last;
            buffer_clear(&block.said);
            block.fault = NEVER;
            block.slow = false;
            test_case("case %zu of part %u", i, part);
            EXPECT_EQ(ecc_verify(&key, digest, &given, out), cases[i].code);
        }
    }
}

/* Padding is a byte and 16 of length: 111 bytes fill a block. */
TEST(a_message_takes_as_many_blocks_as_it_needs)
{
    static const uint8_t message[HMAC_MESSAGE_MAX + 1] = {1};
    static const struct {
        uint32_t size;
        const char *said; /* NULL: too long */
    } cases[] = {
        {0,                    "10080=80000000 100fc=400 10600=3 10610=445 10010=1 10010=4 "},
        {111,
         "10080=1000000 100ec=80 100fc=778 10600=3 10610=445 10010=1 10010=4 "              },
        {112,
         "10080=1000000 100f0=80000000 10600=3 10610=445 10010=1 "
         "100fc=780 10600=3 10610=445 10010=2 10010=4 "                                     },
        {HMAC_MESSAGE_MAX + 1, NULL                                                         },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer_clear(&block.said);
        block.fault = NEVER;
        test_case("%u bytes", (unsigned)cases[i].size);
        EXPECT_EQ(hmac_bytes(1, message, cases[i].size, 2),
                  cases[i].said != NULL ? 0 : 0x0004000c);
        if (cases[i].said != NULL) {
            EXPECT_STR(buffer_text(&block.said) + strlen("10130#12:e5e5e5e5 "),
                       cases[i].said);
        }
    }
    EXPECT_EQ(hmac_bytes(1, message, HMAC_MESSAGE_MAX, 2), 0);
}

TEST(label_and_context_must_fit_a_message)
{
    static const uint8_t bytes[HMAC_MESSAGE_MAX] = {1};
    for (uint32_t context = 0; context < 2; context++) {
        const uint32_t room = HMAC_MESSAGE_MAX - 4 - (context != 0 ? 9 : 0);
        struct hmac_input input = {bytes, room, context != 0 ? bytes : NULL,
                                   context != 0 ? 8 : 0};
        block.fault = NEVER;
        EXPECT_EQ(hmac_derive_from(1, &input, 2), 0);
        input.label_size++;
        buffer_clear(&block.said);
        EXPECT_EQ(hmac_derive_from(1, &input, 2), 0x0004000c);
        EXPECT_STR(buffer_text(&block.said), "");
    }
}

TEST(a_counter_a_label_and_a_context_are_one_message)
{
    buffer_clear(&block.said);
    block.fault = NEVER;
    EXPECT_EQ(hmac_derive(1, "ab", "cd", 2, 2), 0);
    EXPECT_STR(buffer_text(&block.said),
               "10130#12:e5e5e5e5 10080=1 10084=61620063 10088=64800000 "
               "100fc=448 10600=3 10610=445 10010=1 10010=4 ");
}
