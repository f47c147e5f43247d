/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main loop of our Caliptra runtime, compiled for the host: what it starts,
 * which requests it hands to a command, and what the SoC sees of the rest.
 */
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/caliptra/firmware/firmware.h"
#include "guest/caliptra/runtime/runtime.h"
#include "guest/kit/hart/hart.h"
#include "tests/caliptra/stand_ins.h"
#include "tests/harness.h"
#include "tests/register_file.h"

enum { COMMAND = 0x10203, SUM = 6 };

/* ---- The SoC ------------------------------------------------------------- */

struct request {
    uint32_t user;
    uint32_t code;
    uint32_t size;
    uint32_t words[4]; /* the rest is zeros */
};

static struct {
    const struct request *request; /* or NULL */
    unsigned word;
    unsigned waits;
    uint32_t handoff_error, command_error, forget_error;
    bool disabled, ends;
} soc;

static void serve(uint32_t address)
{
    const struct request *request = soc.request;
    switch (address) {
    case CALIPTRA_MBOX_STATUS:
        registers_set(address, request != NULL ? 0x180 : 0);
        break;
    case CALIPTRA_MBOX_DATAOUT:
        registers_set(address, soc.word < 4 ? request->words[soc.word] : 0);
        soc.word++;
        break;
    default:
        break;
    }
}

static void answered(uint32_t address, uint32_t value)
{
    if (address == CALIPTRA_MBOX_STATUS) {
        soc.request = NULL;
    } else if (address == CALIPTRA_SOC_IFC_INTERNAL_FW_UPDATE_RESET) {
        stand_ins_end();
    }
}

void hart_wake_by(uint32_t interrupts)
{
    registers_note("wake by %x\n", (unsigned)interrupts);
}

void hart_wait(void)
{
    registers_note("wait\n");
    if (++soc.waits == 2) {
        stand_ins_end();
    }
}

/* ---- What the loop calls ------------------------------------------------- */

static struct runtime *found;

uint32_t handoff_read(struct handoff *handoff)
{
    /* The state of the runtime begins with it. */
    found = (struct runtime *)(void *)handoff;
    registers_note("hand-off at %x\n", (unsigned)(uintptr_t)handoff);
    found->shut_down = true;
    found->other_name_size = 5;
    return soc.handoff_error;
}

void dpe_begin(struct runtime *runtime)
{
    registers_note(
        "DPE begins: %x %x %x, name %u\n", (unsigned)(uintptr_t)runtime->images,
        (unsigned)(uintptr_t)runtime->kept, (unsigned)(uintptr_t)runtime->dpe,
        (unsigned)runtime->other_name_size);
    runtime->kept->attestation_disabled = soc.disabled;
}

uint32_t module_forget_keys(struct runtime *runtime)
{
    registers_note("forget keys\n");
    return soc.forget_error;
}

void module_idle(struct runtime *runtime)
{
    registers_note("idle\n");
}

uint32_t command_serve(struct runtime *runtime, uint32_t code)
{
    registers_note("serve %x of user %x, %u bytes:", (unsigned)code,
                   (unsigned)runtime->user, (unsigned)runtime->size);
    for (uint32_t i = 1; i < (runtime->size + 3) / 4 && i < 4; i++) {
        registers_note(" %x", (unsigned)runtime->request[i]);
    }
    registers_note(" (%x)\n", (unsigned)runtime->request[4]);
    runtime->response[1] = 0x11;
    runtime->response[2] = 0x22;
    runtime->answered = 12;
    runtime->shut_down = soc.ends;
    return soc.command_error;
}

/* ---- Flows --------------------------------------------------------------- */

static void set_up(const struct request *request)
{
    memset(&soc, 0, sizeof(soc));
    registers_clear();
    registers_serve(serve);
    registers_watch(answered);
    stand_in_memory(CALIPTRA_DCCM_BASE, CALIPTRA_DCCM_SIZE);
    soc.request = request;
    registers_set(CALIPTRA_SOC_IFC_FLOW_STATUS, 0x800000ff);
    if (request != NULL) {
        registers_set(CALIPTRA_MBOX_USER, request->user);
        registers_set(CALIPTRA_MBOX_CMD, request->code);
        registers_set(CALIPTRA_MBOX_DLEN, request->size);
    }
}

static void idle(void)
{
    set_up(NULL);
}

static void no_hand_off(void)
{
    set_up(NULL);
    soc.handoff_error = 0xbad1;
}

static void disabled(void)
{
    set_up(NULL);
    soc.disabled = true;
}

static void keys_stay(void)
{
    disabled();
    soc.forget_error = 0xbad2;
}

static void good(void)
{
    static const struct request request = {
        1, COMMAND, 12, {0u - SUM - 3 - 4, 0x300, 0x40000, 0xff}
    };
    set_up(&request);
}

static void failing(void)
{
    good();
    soc.command_error = 0xbad3;
}

static void ending(void)
{
    good();
    soc.ends = true;
}

/* Bytes behind the last one do not count, in the sum neither. */
static void odd(void)
{
    static const struct request request = {
        1, COMMAND, 9, {0u - SUM - 3 - 4, 0x300, 0xffffff04, 0xff}
    };
    set_up(&request);
}

static void odder(void)
{
    static const struct request request = {
        1, COMMAND, 11, {0u - SUM - 3 - 4, 0x300, 0xff040000, 0xff}
    };
    set_up(&request);
}

static void bad_sum(void)
{
    static const struct request request = {
        1, COMMAND, 12, {0u - SUM - 3 - 5, 0x300, 0x40000}
    };
    set_up(&request);
}

static void header_alone(void)
{
    static const struct request request = {1, COMMAND, 4, {0u - SUM}};
    set_up(&request);
}

static void too_short(void)
{
    static const struct request request = {1, COMMAND, 3, {0}};
    set_up(&request);
}

static void longest(void)
{
    static const struct request request = {
        1, COMMAND, 4 * RUNTIME_REQUEST_WORDS, {0u - SUM}};
    set_up(&request);
}

static void too_long(void)
{
    static const struct request request = {
        1, COMMAND, 4 * RUNTIME_REQUEST_WORDS + 1, {0u - SUM}};
    set_up(&request);
}

static void reserved(void)
{
    static const struct request request = {
        CALIPTRA_RESERVED_USER, CALIPTRA_CMD_FIRMWARE_LOAD, 4, {0}};
    set_up(&request);
}

static void update(void)
{
    static const struct request request = {
        1, CALIPTRA_CMD_FIRMWARE_LOAD, 3, {0}};
    set_up(&request);
    registers_set(CALIPTRA_SOC_IFC_FLOW_STATUS, 0x20000100);
}

static void start(void)
{
    firmware_main();
}

static void dump(void)
{
}

TEST(each_step_of_the_main_loop_is_as_approved)
{
    static const struct stand_in_flow flows[] = {
        {"idle",            idle,         start, false},
        {"no hand-off",     no_hand_off,  start, false},
        {"disabled",        disabled,     start, false},
        {"keys stay",       keys_stay,    start, false},
        {"good request",    good,         start, false},
        {"failing command", failing,      start, false},
        {"last command",    ending,       start, false},
        {"9 bytes",         odd,          start, false},
        {"11 bytes",        odder,        start, false},
        {"bad sum",         bad_sum,      start, false},
        {"header alone",    header_alone, start, false},
        {"too short",       too_short,    start, false},
        {"longest",         longest,      start, false},
        {"too long",        too_long,     start, false},
        {"reserved user",   reserved,     start, false},
        {"update",          update,       start, false},
    };
    stand_ins_expect("tests/approved/caliptra_main.txt", flows,
                     sizeof(flows) / sizeof(flows[0]), dump);
}
