/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the drivers that the firmware layers under test call. */
#include "tests/caliptra/stand_ins.h"
#include "guest/kit/ensure/ensure.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "abi/caliptra2_handoff.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "crypto/sha2.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/known_answers.h"
#include "guest/caliptra/hardware/lms.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/rom/rom.h"
#include "tests/harness.h"
#include "tests/register_file.h"

enum { NEVER = -1 };

static struct {
    int calls;
    int fault;
    uint32_t draws;
    struct buffer message; /* of SHA-256 */
} now;

uint32_t stand_in_raw_digest[8];
static jmp_buf ended;

static uint32_t result(void)
{
    if (now.calls++ != now.fault) {
        registers_note("\n");
        return 0;
    }
    registers_note(": FAILS\n");
    registers_forget_results();
    return STAND_IN_FAULT;
}

/* The start of a digest: enough to tell others from it. */
static uint32_t mark_of(const void *bytes, size_t size)
{
    uint8_t digest[32];
    sha256(bytes, size, digest);
    return load_be32(digest);
}

/* ---- Memory -------------------------------------------------------------- */

void *stand_in_memory(uint32_t address, size_t size)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): where the firmware writes */
    void *place = (void *)(uintptr_t)address;
    void *memory =
        mmap(place, size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory != MAP_FAILED) {
        return memory;
    }
    memset(place, 0, size); /* of the test before */
    return place;
}

void stand_ins_dump(const char *name, uint32_t address, uint32_t size)
{
    registers_note("%s:", name);
    for (uint32_t i = 0; i < size; i += 4) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): the same */
        const uint32_t *word = (const uint32_t *)(uintptr_t)(address + i);
        if (*word != 0) {
            registers_note(" %x=%x", (unsigned)i, (unsigned)*word);
        }
    }
    registers_note("\n");
}

/* ---- Ends ---------------------------------------------------------------- */

void stand_ins_run(void (*program)(void))
{
    if (setjmp(ended) == 0) {
        program();
    }
}

_Noreturn void stand_ins_end(void)
{
    longjmp(ended, 1);
}

_Noreturn void fatal_halt(uint32_t code)
{
    registers_note("HALT %x\n", (unsigned)code);
    stand_ins_end();
}

/* Behind an invariant that does not hold. */
_Noreturn void ensure_failed(const char *file, uint32_t line)
{
    registers_note("BROKEN %s\n", file);
    stand_ins_end();
}

_Noreturn void rom_exit(uint32_t entry)
{
    registers_note("ENTER %x\n", (unsigned)entry);
    stand_ins_end();
}

/* ---- Console ------------------------------------------------------------- */

void console_text(const char *text)
{
    registers_note("\"");
    for (; *text != '\0'; text++) {
        registers_note(*text == '\n' ? "\\n" : "%c", *text);
    }
    registers_note("\"\n");
}

void console_value(const char *text, uint32_t value)
{
    registers_note("\"%s\" %x\n", text, (unsigned)value);
}

void console_digest(const char *text, const uint32_t words[12])
{
    registers_note("\"%s\" %08x\n", text, (unsigned)mark_of(words, 48));
}

/* ---- Digests ------------------------------------------------------------- */

void sha2_256_begin(struct sha2_256 *sha)
{
    buffer_clear(&now.message);
}

void sha2_256_add(struct sha2_256 *sha, const void *bytes, uint32_t size)
{
    buffer_append(&now.message, bytes, size);
}

void sha2_256_end(struct sha2_256 *sha, uint8_t digest[32])
{
    sha256(now.message.bytes, now.message.size, digest);
}

void sha2_384(const void *bytes, uint32_t size, uint32_t digest[12])
{
    uint8_t sum[48];
    sha384(bytes, size, sum);
    for (size_t i = 0; i < 12; i++) {
        digest[i] = load_be32(sum + 4 * i);
    }
}

bool sha2_384_extend(unsigned pcr, const uint8_t *data, uint32_t size)
{
    registers_note("extend PCR %u by %u bytes %08x", pcr, (unsigned)size,
                   (unsigned)mark_of(data, size));
    return result() == 0;
}

void sha2_256_raw(const uint32_t *words, uint32_t blocks, uint32_t digest[8])
{
    registers_note("digest the ROM\n");
    memcpy(digest, stand_in_raw_digest, sizeof(stand_in_raw_digest));
}

uint32_t known_answers_test_sha256(void)
{
    registers_note("test SHA-256");
    return result();
}

uint32_t known_answers_test(void)
{
    registers_note("test all");
    return result();
}

/* ---- Entropy ------------------------------------------------------------- */

uint32_t trng_start(void)
{
    registers_note("start the generator");
    return result();
}

uint32_t trng_draw(uint32_t words[12])
{
    registers_note("draw");
    now.draws++;
    for (uint32_t i = 0; i < 12; i++) {
        words[i] = 0xe0000000 + 0x100 * now.draws + i;
    }
    return result();
}

/* ---- HMAC ---------------------------------------------------------------- */

uint32_t hmac_bytes(unsigned key_slot, const void *message, uint32_t size,
                    unsigned tag_slot)
{
    registers_note("HMAC %u of %u bytes %08x to %u", key_slot, (unsigned)size,
                   (unsigned)mark_of(message, size), tag_slot);
    return result();
}

uint32_t hmac_slot(unsigned key_slot, unsigned message_slot, unsigned tag_slot)
{
    registers_note("HMAC %u of slot %u to %u", key_slot, message_slot,
                   tag_slot);
    return result();
}

uint32_t hmac_derive(unsigned key_slot, const char *label, const void *context,
                     uint32_t context_size, unsigned tag_slot)
{
    registers_note("HMAC %u of '%s'", key_slot, label);
    if (context != NULL) {
        registers_note(" and %u bytes %08x", (unsigned)context_size,
                       (unsigned)mark_of(context, context_size));
    }
    registers_note(" to %u", tag_slot);
    return result();
}

uint32_t hmac_derive_from(unsigned key_slot, const struct hmac_input *input,
                          unsigned tag_slot)
{
    registers_note("HMAC %u of %u and %u bytes %08x %08x to %u", key_slot,
                   (unsigned)input->label_size, (unsigned)input->context_size,
                   (unsigned)mark_of(input->label, input->label_size),
                   (unsigned)mark_of(input->context, input->context_size),
                   tag_slot);
    return result();
}

uint32_t hmac_derive_nothing(const char *label, unsigned tag_slot)
{
    registers_note("HMAC of '%s' to %u", label, tag_slot);
    return result();
}

/* ---- ECC ----------------------------------------------------------------- */

uint32_t ecc_generate(unsigned seed_slot, unsigned key_slot,
                      struct caliptra_ecc_key *key)
{
    registers_note("key from %u to %u", seed_slot, key_slot);
    for (uint32_t i = 0; i < 12; i++) {
        key->x[i] = 0xa1b20000 + 0x100 * key_slot + i;
        key->y[i] = 0xc3d40000 + 0x100 * key_slot + i;
    }
    return result();
}

uint32_t ecc_sign(unsigned key_slot, const struct caliptra_ecc_key *key,
                  const uint32_t digest[12],
                  struct caliptra_ecc_signature *signature)
{
    registers_note("sign %08x by %u of %x", (unsigned)mark_of(digest, 48),
                   key_slot, (unsigned)key->x[0]);
    for (uint32_t i = 0; i < 12; i++) {
        signature->r[i] = 0xe5f60000 + 0x100 * key_slot + i;
        signature->s[i] = 0x07180000 + 0x100 * key_slot + i;
    }
    return result();
}

/* A signature holds if its first word is that of the digest. */
uint32_t ecc_verify(const struct caliptra_ecc_key *key,
                    const uint32_t digest[12],
                    const struct caliptra_ecc_signature *signature,
                    uint32_t r[12])
{
    registers_note("verify %08x %08x by %08x", (unsigned)mark_of(digest, 48),
                   (unsigned)mark_of(signature, sizeof(*signature)),
                   (unsigned)mark_of(key, sizeof(*key)));
    memcpy(r, signature->r, 48);
    r[11] ^= digest[0] ^ signature->r[0];
    return result();
}

uint32_t lms_root(const struct caliptra_lms_key *key,
                  const struct caliptra_lms_signature *signature,
                  const uint32_t digest[12], bool chains_in_hardware,
                  uint8_t root[CALIPTRA_LMS_N])
{
    registers_note("LMS of %08x %08x by %08x%s", (unsigned)mark_of(digest, 48),
                   (unsigned)mark_of(signature, sizeof(*signature)),
                   (unsigned)mark_of(key, sizeof(*key)),
                   chains_in_hardware ? " in hardware" : "");
    memset(root, 0x5a, CALIPTRA_LMS_N);
    return result();
}

/* ---- Flows --------------------------------------------------------------- */

static const char *journal_of(const struct stand_in_flow *flow, int fault)
{
    now.fault = NEVER;
    flow->prepare();
    (void)registers_journal();
    now.calls = 0;
    now.draws = 0;
    now.fault = fault;
    stand_ins_run(flow->run);
    now.fault = NEVER;
    registers_note("left:");
    registers_tell_results();
    return registers_journal();
}

/* In one line: the call that fails, without the words written before it, and
 * all that follows. */
static void tell_fault(const struct stand_in_flow *flow, int fault,
                       struct buffer *text)
{
    const char *journal = journal_of(flow, fault);
    const char *from = strstr(journal, ": FAILS");
    EXPECT(from != NULL);
    if (from == NULL) {
        return;
    }
    while (from > journal && from[-1] != '\n') {
        from--;
    }
    while (from[strcspn(from, "= ")] == '=') {
        from += strcspn(from, " ") + 1;
    }
    buffer_print(text, "fault %d:", fault);
    while (*from != '\0') {
        size_t size = strcspn(from, "\n");
        buffer_print(text, " %.*s;", (int)size, from);
        from += size + 1;
    }
    buffer_print(text, "\n");
}

void stand_ins_expect(const char *path, const struct stand_in_flow *flows,
                      size_t count, void (*dump)(void))
{
    /* Progress, and the words of an answer, which go to one address. */
    static const uint32_t in_order[] = {
        CALIPTRA_DCCM_BOOT_STATUS, CALIPTRA20_DCCM_BOOT_STATUS,
        CALIPTRA21_DCCM_BOOT_STATUS, CALIPTRA_SOC_IFC_BOOT_STATUS,
        CALIPTRA_MBOX_DATAIN};
    struct buffer text = {0};
    registers_keep_results(in_order, ARRAY_SIZE(in_order));
    for (size_t i = 0; i < count; i++) {
        buffer_print(&text, "== %s\n%s", flows[i].name,
                     journal_of(&flows[i], NEVER));
        int calls = flows[i].faults ? now.calls : 0;
        if (flows[i].faults) {
            dump();
        }
        buffer_print(&text, "%s", registers_journal());
        for (int fault = 0; fault < calls; fault++) {
            tell_fault(&flows[i], fault, &text);
        }
        buffer_print(&text, "\n");
    }
    test_expect_approved(buffer_text(&text), path, __FILE__, __LINE__);
    buffer_fini(&text);
    buffer_fini(&now.message);
}
