/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa.h"

#include "devices/caliptra/test_core.h"
#include "tests/device.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type caliptra_mldsa;

enum {
    CTRL = 0x10,
    STATUS = 0x14,
    SEED = 0x58,
    RANDOM = 0x78,
    MESSAGE = 0x98,
    RESULT = 0xd8,
    MU = 0x118,
    STROBE = 0x158,
    PUBLIC = 0x1000,
    SIGNATURE = 0x2000,
    PRIVATE_OUT = 0x4000,
    PRIVATE_IN = 0x6000,
    SEED_PORT = 0x8000,
    SEED_STATUS = 0x8004,
    NOTIF_STATUS = 0x8118,
};

enum { KEYGEN = 1, SIGN, VERIFY, KEYGEN_SIGN, ZEROIZE = 8 };
enum { EXTERNAL_MU = 1 << 5, STREAM = 1 << 6 };
enum { READY = 1, VALID = 2, STREAM_READY = 4 };

struct known {
    uint8_t seed[MLDSA87_SEED_BYTES];
    uint8_t random[MLDSA87_RANDOM_BYTES];
    uint8_t message[64];
    uint8_t public[MLDSA87_PUBLIC_BYTES];
    uint8_t private[MLDSA87_PRIVATE_BYTES];
    uint8_t signature[MLDSA87_SIGNATURE_BYTES + 1]; /* of the message */
};

static void make_known(struct known *known)
{
    memset(known, 0, sizeof(*known));
    for (uint8_t i = 0; i < 64; i++) {
        known->seed[i % 32] = i;
        known->random[i % 32] = (uint8_t)(3 * i);
        known->message[i] = (uint8_t)(0x80 + i);
    }
    mldsa87_keygen(known->seed, known->public, known->private);
    mldsa87_sign(known->private, known->message, 64, known->random,
                 known->signature);
}

static void write_le(struct device *device, uint32_t offset, const void *bytes,
                     size_t size)
{
    for (uint32_t i = 0; i < size; i += 4) {
        test_write(device, offset + i, load_le32((const uint8_t *)bytes + i));
    }
}

static void expect_le(struct device *device, uint32_t offset,
                      const uint8_t *expected, size_t size)
{
    uint8_t bytes[MLDSA87_PRIVATE_BYTES];

    for (uint32_t i = 0; i < size; i += 4) {
        store_le32(bytes + i, test_read(device, offset + i));
    }
    EXPECT_BYTES(bytes, expected, size);
}

/* As the firmware does: whole words, then a last one with a partial strobe,
 * which may be empty. */
static void stream(struct device *device, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    uint32_t last = 0;

    EXPECT_EQ(test_read(device, STATUS), STREAM_READY);
    test_write(device, STROBE, 0xf);
    for (; size - at >= 4; at += 4) {
        test_write(device, MESSAGE, load_le32(bytes + at));
    }
    test_write(device, STROBE, (1u << (size - at)) - 1);
    for (unsigned i = 0; at < size; i++, at++) {
        last |= (uint32_t)bytes[at] << 8 * i;
    }
    test_write(device, MESSAGE, last);
}

FIXTURE(struct test_core, core, test_core_fini)
FIXTURE_BEGIN(core, test_core_init(core, 0x0200, &caliptra_mldsa))

TEST_ON(the_tables_promises_hold, core)
{
    EXPECT_DEVICE(core->device, NULL);
}

TEST_BEGINS(a_seed_gives_the_keys, core)
{
    struct known known;

    make_known(&known);
    test_core_init(core, 0x0200, &caliptra_mldsa);
    EXPECT_EQ(test_read(core->device, STATUS), READY);
    write_le(core->device, SEED, known.seed, sizeof(known.seed));
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    EXPECT_EQ(test_read(core->device, NOTIF_STATUS), 1);
    expect_le(core->device, PUBLIC, known.public, sizeof(known.public));
    expect_le(core->device, PRIVATE_OUT, known.private, sizeof(known.private));
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, STATUS), READY);
    EXPECT_EQ(test_read(core->device, PUBLIC), 0);
    EXPECT_EQ(test_read(core->device, PRIVATE_OUT), 0);
}

TEST_BEGINS(signing_with_a_key_or_its_seed_gives_the_same, core)
{
    struct known known;

    make_known(&known);
    test_core_init(core, 0x0200, &caliptra_mldsa);
    for (uint32_t command = SIGN; command <= KEYGEN_SIGN; command += 2) {
        test_case("command %u", command);
        if (command == SIGN) {
            write_le(core->device, PRIVATE_IN, known.private,
                     sizeof(known.private));
        } else {
            write_le(core->device, SEED, known.seed, sizeof(known.seed));
        }
        write_le(core->device, RANDOM, known.random, sizeof(known.random));
        write_le(core->device, MESSAGE, known.message, sizeof(known.message));
        test_write(core->device, CTRL, command);
        EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
        expect_le(core->device, SIGNATURE, known.signature,
                  sizeof(known.signature));
        test_write(core->device, CTRL, ZEROIZE);
    }
}

TEST_BEGINS(verification_answers_with_the_commitment_to_compare, core)
{
    struct known known;
    static const uint8_t zero[64];
    uint8_t mu[64], expected[64];
    struct keccak keccak;

    make_known(&known);
    test_core_init(core, 0x0200, &caliptra_mldsa);
    write_le(core->device, PUBLIC, known.public, sizeof(known.public));
    write_le(core->device, SIGNATURE, known.signature, sizeof(known.signature));
    write_le(core->device, MESSAGE, known.message, sizeof(known.message));
    test_write(core->device, CTRL, VERIFY);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    expect_le(core->device, RESULT, known.signature, 64);

    /* another message: as valid, and another commitment */
    known.message[0] ^= 1;
    write_le(core->device, MESSAGE, known.message, 4);
    test_write(core->device, CTRL, VERIFY);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    mldsa87_begin_public(&keccak, known.public);
    keccak_absorb(&keccak, known.message, 64);
    mldsa87_end(&keccak, mu);
    EXPECT(mldsa87_commitment(known.public, mu, known.signature, expected));
    expect_le(core->device, RESULT, expected, 64);
    EXPECT(memcmp(expected, known.signature, 64) != 0);

    /* hints above their limit: no commitment */
    known.signature[MLDSA87_SIGNATURE_BYTES - 1] = 0xff;
    write_le(core->device, SIGNATURE, known.signature, sizeof(known.signature));
    test_write(core->device, CTRL, VERIFY);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    expect_le(core->device, RESULT, zero, 64);
}

TEST_BEGINS(a_streamed_message_ends_with_a_partial_strobe, core)
{
    struct known known;

    make_known(&known);
    test_core_init(core, 0x0200, &caliptra_mldsa);
    for (size_t size = 0; size <= 9; size++) {
        test_case("%zu bytes", size);
        mldsa87_sign(known.private, known.message, size, known.random,
                     known.signature);
        write_le(core->device, SEED, known.seed, sizeof(known.seed));
        write_le(core->device, RANDOM, known.random, sizeof(known.random));
        test_write(core->device, CTRL, KEYGEN_SIGN | STREAM);
        stream(core->device, known.message, size);
        EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
        expect_le(core->device, SIGNATURE, known.signature,
                  sizeof(known.signature));
        test_write(core->device, CTRL, ZEROIZE);

        write_le(core->device, PUBLIC, known.public, sizeof(known.public));
        write_le(core->device, SIGNATURE, known.signature,
                 sizeof(known.signature));
        test_write(core->device, CTRL, VERIFY | STREAM);
        stream(core->device, known.message, size);
        expect_le(core->device, RESULT, known.signature, 64);
        test_write(core->device, CTRL, ZEROIZE);
    }
}

TEST_BEGINS(an_external_mu_replaces_the_message, core)
{
    struct known known;
    struct keccak keccak;
    uint8_t mu[64];

    make_known(&known);
    mldsa87_begin_public(&keccak, known.public);
    keccak_absorb(&keccak, known.message, 64);
    mldsa87_end(&keccak, mu);
    test_core_init(core, 0x0200, &caliptra_mldsa);
    write_le(core->device, PUBLIC, known.public, sizeof(known.public));
    write_le(core->device, SIGNATURE, known.signature, sizeof(known.signature));
    write_le(core->device, MU, mu, sizeof(mu));
    test_write(core->device, CTRL, VERIFY | EXTERNAL_MU);
    expect_le(core->device, RESULT, known.signature, 64);
}

TEST_BEGINS(the_vaults_seed_is_taken_backwards_and_its_private_key_stays_hidden,
            core)
{
    struct known known;
    uint8_t reversed[32];
    uint32_t words[16] = {0};

    make_known(&known);
    for (int i = 0; i < 32; i++) {
        reversed[i] = known.seed[31 - i];
    }
    words_from_bytes(words, reversed, 8);
    test_core_init(core, 0x0200, &caliptra_mldsa);
    key_vault_write(core->key_vault, 8, words, 16, BIT(KEY_VAULT_MLDSA_SEED));
    test_write(core->device, SEED_PORT, 1 | 8 << 1);
    EXPECT_EQ(test_read(core->device, SEED_STATUS), 3);
    test_write(core->device, SEED, 0xffffffff); /* not over the vault's */
    test_write(core->device, CTRL, KEYGEN);
    expect_le(core->device, PUBLIC, known.public, sizeof(known.public));
    EXPECT_EQ(test_read(core->device, PRIVATE_OUT), 0);

    key_vault_write(core->key_vault, 9, words, 16, BIT(KEY_VAULT_ECC_SEED));
    test_write(core->device, SEED_PORT, 1 | 9 << 1);
    EXPECT_EQ(test_read(core->device, SEED_STATUS), 3 | 1 << 2);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, SEED_STATUS), 3);
}

TEST(commands_that_are_none_fail_and_are_told)
{
    static const struct {
        const char *told;
        uint32_t control;
        bool fails;
    } cases[] = {
        {"",                                                  0,             false},
        {"guest: device: command 0x5 is unknown\n",           5,             true },
        {"guest: device: command 0x6 is unknown\n",           6,             true },
        {"guest: device: command 0x7 is unknown\n",           7,             true },
        {"",                                                  STREAM,        false},
        {"unmodelled: device: signing of PCRs\n"
         "guest: device: command 0x12 is unknown\n", SIGN | 1 << 4, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;
        OWNED(told_fini) struct told told;

        test_case("control 0x%x", cases[i].control);
        test_core_init(&core, 0x0200, &caliptra_mldsa);
        told_init(&told, core.device);
        test_write(core.device, CTRL, cases[i].control);
        EXPECT_TOLD(&told, cases[i].told);
        EXPECT_EQ(test_read(core.device, STATUS),
                  cases[i].fails ? READY | 8 : READY);
        EXPECT_EQ(test_read(core.device, 0x8114), cases[i].fails);
    }
}

TEST_ON(an_open_stream_takes_no_command_until_zeroized, core)
{
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    test_write(core->device, CTRL, VERIFY | STREAM);
    EXPECT_EQ(test_read(core->device, STATUS), STREAM_READY);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_TOLD(&told, "guest: device: command 0x1 while busy\n");
    EXPECT_EQ(test_read(core->device, STATUS), STREAM_READY);
    test_write(core->device, CTRL, ZEROIZE);
    EXPECT_EQ(test_read(core->device, STATUS), READY);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    EXPECT_TOLD(&told,
                "forget = 1\n"
                "forget = 0\n");
}

TEST_ON(a_context_is_told_to_be_missing, core)
{
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    test_write(core->device, 0x15c, 0);
    EXPECT_TOLD(&told, "");
    test_write(core->device, 0x15c, 3);
    EXPECT_TOLD(&told, "unmodelled: device: a context that is not empty\n");
}

TEST(verdicts_are_told_with_the_digest_of_the_message)
{
    struct test_core core;
    struct told told;
    struct known known;

    make_known(&known);
    for (unsigned i = 0; i < 3; i++) {
        static const enum event_fact verdicts[] = {
            FACT_MLDSA_VALID,
            FACT_MLDSA_INVALID,
            FACT_MLDSA_MALFORMED,
        };
        struct buffer line = {0};
        uint8_t signature[MLDSA87_SIGNATURE_BYTES + 1];

        test_case("%s", fact_name(verdicts[i]));
        test_core_init(&core, 0x0200, &caliptra_mldsa);
        told_init(&told, core.device);
        memcpy(signature, known.signature, sizeof(signature));
        signature[0] ^= i == 1;
        memset(signature + MLDSA87_SIGNATURE_BYTES - 8, i == 2 ? 0xff : 0,
               i == 2 ? 8 : 0);
        write_le(core.device, PUBLIC, known.public, sizeof(known.public));
        write_le(core.device, SIGNATURE, signature, sizeof(signature));
        write_le(core.device, MESSAGE, known.message, 64);
        test_write(core.device, CTRL, VERIFY);
        REQUIRE(core.fabric.events.count == 1);
        const struct event *event = &core.fabric.events.events[0];
        EXPECT_EQ(event->fact, verdicts[i]);
        EXPECT_EQ(event->digest.size, 64);
        buffer_print(&line, "fact %s ", fact_name(verdicts[i]));
        buffer_print_hex(&line, event->digest.bytes, event->digest.size);
        buffer_print(&line, "\n");
        EXPECT_TOLD(&told, buffer_text(&line));
        buffer_fini(&line);
        told_fini(&told);
        test_core_fini(&core);
    }
}

TEST(whatever_wipes_leaves_nothing_of_a_secret)
{
    for (unsigned way = 0; way < 3; way++) {
        uint64_t hashes[3];

        test_case("way %u", way);
        for (uint32_t i = 0; i < 2; i++) {
            OWNED(test_core_fini) struct test_core core;

            test_core_init(&core, 0x0200, &caliptra_mldsa);
            hashes[2] = test_state_hash(core.device);
            test_write(core.device, SEED, 5 + i);
            test_write(core.device, RANDOM, 5 + i);
            test_write(core.device, MU, 5 + i);
            test_write(core.device, PRIVATE_IN, 5 + i);
            test_write(core.device, CTRL, KEYGEN_SIGN);
            hashes[i] = test_state_hash(core.device);
            if (way == 0) {
                test_write(core.device, CTRL, ZEROIZE);
            } else {
                test_input(core.device, way == 1 ? "debug_flush" : "forget", 1);
            }
            EXPECT(test_state_hash(core.device) != hashes[i]);
            hashes[i] = test_state_hash(core.device);
        }
        EXPECT_EQ(hashes[0], hashes[1]);
        EXPECT_EQ(hashes[0], hashes[2]);
    }
}

TEST_ON(a_seed_of_software_stays_and_one_of_the_vault_goes, core)
{
    static const uint32_t words[16] = {9};
    uint32_t public[4];

    test_write(core->device, SEED, 5);
    for (unsigned i = 0; i < 4; i++) {
        if (i == 2) {
            key_vault_write(core->key_vault, 3, words, 16,
                            BIT(KEY_VAULT_MLDSA_SEED));
            test_write(core->device, SEED_PORT, 1 | 3 << 1);
        }
        test_write(core->device, CTRL, KEYGEN);
        public[i] = test_read(core->device, PUBLIC);
    }
    EXPECT_EQ(public[0], public[1]);
    EXPECT(public[2] != public[0]);
    EXPECT(public[3] != public[2] && public[3] != public[0]);
    test_write(core->device, SEED, 5);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(test_read(core->device, PUBLIC), public[0]);
    EXPECT(test_read(core->device, PRIVATE_OUT) != 0);
}

/* A partial strobe ends one stream, not the next. */
TEST_ON(a_strobe_is_good_for_one_word, core)
{
    for (unsigned i = 0; i < 2; i++) {
        test_write(core->device, CTRL, VERIFY | STREAM);
        test_write(core->device, MESSAGE, 1);
        EXPECT_EQ(test_read(core->device, STATUS), STREAM_READY);
        test_write(core->device, STROBE, 3);
        test_write(core->device, MESSAGE, 2);
        EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    }
}

TEST_ON(a_slot_that_is_not_enabled_gives_no_seed, core)
{
    static const uint32_t words[16] = {9};

    key_vault_write(core->key_vault, 3, words, 16, BIT(KEY_VAULT_MLDSA_SEED));
    test_write(core->device, SEED_PORT, 3 << 1);
    EXPECT_EQ(test_read(core->device, SEED_STATUS), 1);
    test_write(core->device, CTRL, KEYGEN | STREAM); /* has no message */
    EXPECT_EQ(test_read(core->device, STATUS), READY | VALID);
    EXPECT(test_read(core->device, PRIVATE_OUT) != 0);
}

/* An open stream that a device can have saved goes on; what cannot be is
 * dropped, and nothing else is. */
TEST(a_stream_that_cannot_be_is_dropped_when_restored)
{
    static const struct {
        unsigned rate, position;
        bool streams, kept;
    } cases[] = {
        {136, 0,   true,  true },
        {136, 135, true,  true },
        {136, 136, true,  false},
        {135, 0,   true,  false},
        {168, 0,   true,  false},
        {0,   0,   false, true },
        {135, 400, false, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_core_fini) struct test_core core;

        test_case("case %zu", i);
        test_core_init(&core, 0x0200, &caliptra_mldsa);
        test_write(core.device, CTRL, KEYGEN);
        if (cases[i].streams) {
            test_write(core.device, CTRL, VERIFY | STREAM);
        }
        struct keccak *stream = test_field(core.device, "stream");
        stream->rate = cases[i].rate;
        stream->position = cases[i].position;
        uint64_t before = test_state_hash(core.device);
        device_restored(core.device);
        EXPECT_EQ(test_state_hash(core.device) == before, cases[i].kept);
        EXPECT_EQ(test_read(core.device, PUBLIC) != 0, cases[i].kept);
        EXPECT_EQ(test_read(core.device, STATUS), !cases[i].kept ? READY
                                                  : cases[i].streams
                                                      ? STREAM_READY
                                                      : READY | VALID);
    }
}

TEST_ON(a_digest_leaves_nothing_of_the_message, core)
{
    static const struct keccak none;

    test_write(core->device, CTRL, VERIFY);
    EXPECT_BYTES(test_field(core->device, "stream"), &none, sizeof(none));
}

TEST_ON(operands_end_where_their_keys_do, core)
{
    static const uint32_t ends[] = {
        PUBLIC + MLDSA87_PUBLIC_BYTES,
        PRIVATE_OUT + MLDSA87_PRIVATE_BYTES,
        PRIVATE_IN + MLDSA87_PRIVATE_BYTES,
        SIGNATURE + MLDSA87_SIGNATURE_BYTES + 1,
    };
    OWNED(told_fini) struct told told;

    told_init(&told, core->device);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        test_case("end 0x%x", ends[i]);
        test_read(core->device, ends[i] - 4);
        EXPECT_TOLD(&told, "");
        test_read(core->device, ends[i]);
        EXPECT(strstr(buffer_text(&told.text), "no register") != NULL);
        told_clear(&told);
    }
}

TEST_ON(an_interrupt_is_restored_from_the_state, core)
{
    test_write(core->device, 0x8100, 3);
    test_write(core->device, 0x8108, 1);
    test_write(core->device, CTRL, KEYGEN);
    EXPECT_EQ(core->device->outputs[1].level, 1);
    line_set(&core->device->outputs[1], 0);
    device_restored(core->device);
    EXPECT_EQ(core->device->outputs[1].level, 1);
}

TEST_ON(a_command_writes_its_results_and_nothing_behind, core)
{
    test_write(core->device, CTRL, KEYGEN);
    for (uint32_t i = 0; i < MLDSA87_SIGNATURE_BYTES; i += 4) {
        EXPECT_EQ(test_read(core->device, SIGNATURE + i), 0);
    }
    for (uint32_t i = 0; i < 64; i += 4) {
        EXPECT_EQ(test_read(core->device, RESULT + i), 0);
    }
}
