/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts of the DICE Protection Environment in our Caliptra runtime, behind
 * our own ROM and behind released ones. Layouts, flags and statuses are those
 * of the profile's published implementation, version 0.12.
 */
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/dpe.h"
#include "base/bits.h"
#include "tests/caliptra/dpe.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"

static const struct dpe_handle default_handle;

/* The status; *handle goes in, and the new one comes out with *parent. */
static uint32_t derive(struct part *part, struct dpe_handle *handle,
                       struct dpe_handle *parent, uint32_t flags,
                       uint32_t locality)
{
    struct dpe_derive_command command = {
        .handle = *handle,
        .flags = flags,
        .tci_type = 7,
        .target_locality = locality,
    };
    struct dpe_exchange e =
        dpe_exchange(part, DPE_DERIVE_CONTEXT, &command, sizeof(command));
    if (e.status == DPE_OK) {
        EXPECT_EQ(e.size, 44);
        memcpy(handle, e.bytes, sizeof(*handle));
        memcpy(parent, e.bytes + 16, sizeof(*parent));
    }
    return e.status == UINT32_MAX ? e.code : e.status;
}

static uint32_t rotate(struct part *part, struct dpe_handle *handle,
                       uint32_t flags)
{
    struct dpe_rotate_command command = {.handle = *handle, .flags = flags};
    struct dpe_exchange e =
        dpe_exchange(part, DPE_ROTATE_CONTEXT, &command, sizeof(command));
    if (e.status == DPE_OK) {
        memcpy(handle, e.bytes, sizeof(*handle));
    }
    return e.status;
}

static uint32_t destroy(struct part *part, const struct dpe_handle *handle)
{
    struct dpe_destroy_command command = {.handle = *handle};
    return dpe_exchange(part, DPE_DESTROY_CONTEXT, &command, sizeof(command))
        .status;
}

static bool is_default(const struct dpe_handle *handle)
{
    return memcmp(handle, &default_handle, sizeof(*handle)) == 0;
}

static void says_what_it_supports(const struct part_rom *rom)
{
    struct dpe_command command;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        struct dpe_exchange e =
            dpe_exchange(&part, DPE_GET_PROFILE, &command, sizeof(command));
        EXPECT_EQ(e.status, DPE_OK);
        EXPECT_EQ(e.size, 32);
        EXPECT_EQ(load_le32(e.bytes), 12 << 16);
        EXPECT_BYTES(e.bytes + 4, "ARTCARTC", 8);
        EXPECT_EQ(load_le32(e.bytes + 12), DPE_CONTEXTS);
        EXPECT_EQ(load_le32(e.bytes + 16), 0xee6c0000);
        test_case("to those who do not know the profile yet");
        uint8_t request[8 + sizeof(command)];
        struct part_answer answer;
        command.profile = 0;
        store_le32(request + 4, sizeof(command));
        memcpy(request + 8, &command, sizeof(command));
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_INVOKE_DPE, request,
                               sizeof(request), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(answer.size, 12 + 32);
    }
}

static void derives_rotates_and_destroys(const struct part_rom *rom)
{
    const uint32_t retain = DPE_DERIVE_RETAIN_PARENT;
    struct dpe_handle handle = default_handle;
    struct dpe_handle parent = {{0}};
    struct dpe_handle first;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        test_case("no default context beside others");
        EXPECT_EQ(derive(&part, &handle, &parent, retain, 0),
                  DPE_INVALID_ARGUMENT);
        test_case("default to default");
        EXPECT_EQ(derive(&part, &handle, &parent, DPE_DERIVE_MAKE_DEFAULT, 0),
                  DPE_OK);
        EXPECT(is_default(&handle));
        test_case("from default to a handle");
        EXPECT_EQ(rotate(&part, &handle, 0), DPE_OK);
        EXPECT(!is_default(&handle));
        first = handle;
        EXPECT_EQ(derive(&part, &handle, &parent, retain, 0), DPE_OK);
        EXPECT(!is_default(&handle) && !is_default(&parent));
        EXPECT(memcmp(&parent, &first, sizeof(parent)) != 0);
        test_case("a handle is good once");
        EXPECT_EQ(derive(&part, &first, &parent, retain, 0),
                  DPE_INVALID_HANDLE);
        test_case("in place");
        first = handle;
        EXPECT_EQ(derive(&part, &handle, &first, DPE_DERIVE_RECURSIVE, 0),
                  DPE_OK);
        test_case("children die with their parent");
        EXPECT_EQ(destroy(&part, &parent), DPE_OK);
        EXPECT_EQ(destroy(&part, &handle), DPE_INVALID_LOCALITY);
    }
}

static void refuses_what_it_must(const struct part_rom *rom)
{
    struct dpe_initialize_command initialize = {.flags = 0};
    struct dpe_handle handle = default_handle;
    struct dpe_handle parent = {{0}};
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        struct dpe_exchange e = dpe_exchange(&part, DPE_INITIALIZE_CONTEXT,
                                             &initialize, sizeof(initialize));
        EXPECT_EQ(e.status, DPE_INVALID_ARGUMENT);
        initialize.flags = DPE_INIT_DEFAULT;
        e = dpe_exchange(&part, DPE_INITIALIZE_CONTEXT, &initialize,
                         sizeof(initialize));
        EXPECT_EQ(e.status, DPE_ARGUMENT_NOT_SUPPORTED);
        EXPECT_EQ(derive(&part, &handle, &parent, DPE_DERIVE_EXPORT_CDI, 0),
                  DPE_INVALID_ARGUMENT);
        EXPECT_EQ(derive(&part, &handle, &parent,
                         DPE_DERIVE_RECURSIVE | DPE_DERIVE_RETAIN_PARENT, 0),
                  DPE_INVALID_ARGUMENT);
        handle.bytes[0] = 1;
        EXPECT_EQ(derive(&part, &handle, &parent, 0, 0), DPE_INVALID_HANDLE);
        test_case("no command at all");
        e = dpe_exchange(&part, 0x999, &initialize, sizeof(initialize));
        EXPECT_EQ(e.code, 0x000e0027);
        e = dpe_exchange(&part, DPE_DERIVE_CONTEXT, &initialize,
                         sizeof(initialize));
        EXPECT_EQ(e.code, 0x000e0027);
        test_case("sizes");
        uint8_t request[8 + DPE_DATA_MAX + 4] = {0};
        store_le32(request + 4, 13);
        part_expect_refused(&part, CALIPTRA_CMD_INVOKE_DPE, request, 20,
                            0x000e0009);
        part_expect_refused(&part, CALIPTRA_CMD_INVOKE_DPE, request,
                            sizeof(request), 0x000e0003);
        part_expect_refused(&part, CALIPTRA_CMD_INVOKE_DPE, request, 4,
                            0x000e0003);
    }
}

static void has_room_for_16_contexts_a_level(const struct part_rom *rom)
{
    struct dpe_initialize_command initialize = {.flags = DPE_INIT_SIMULATION};
    OWNED(part_tear_down) struct part part = {0};
    unsigned count = 0;
    struct dpe_exchange e = {0};

    if (part_set_up(&part, rom)) {
        while (count < 40 && e.code == 0) {
            e = dpe_exchange(&part, DPE_INITIALIZE_CONTEXT, &initialize,
                             sizeof(initialize));
            count += e.status == DPE_OK;
        }
        EXPECT_EQ(count, 15);
        EXPECT_EQ(e.code, 0x000e0037);
    }
}

static void keeps_level_1_from_the_privileged_user(const struct part_rom *rom)
{
    enum { PRIVILEGED = 2 };
    struct dpe_handle handle = default_handle;
    struct dpe_handle parent = {{0}};
    struct dpe_initialize_command initialize = {.flags = DPE_INIT_SIMULATION};
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up_as(&part, rom, false, PRIVILEGED)) {
        EXPECT_EQ(derive(&part, &handle, &parent, DPE_DERIVE_MAKE_DEFAULT, 0),
                  DPE_INVALID_LOCALITY);
        struct dpe_exchange e = dpe_exchange(&part, DPE_INITIALIZE_CONTEXT,
                                             &initialize, sizeof(initialize));
        EXPECT_EQ(e.status, DPE_OK);
        memcpy(&handle, e.bytes, sizeof(handle));
        EXPECT_EQ(derive(&part, &handle, &parent, DPE_DERIVE_CHANGE_LOCALITY,
                         PRIVILEGED),
                  0x000e0016);
        EXPECT_EQ(derive(&part, &handle, &parent, 0, 0), DPE_OK);
    }
}

/* Without a default context there is none for a measurement to go below. */
static void stashing_needs_the_default_context(const struct part_rom *rom)
{
    struct caliptra_stash_request stash = {.svn = 1};
    struct dpe_handle handle = default_handle;
    struct part_answer answer;
    OWNED(part_tear_down) struct part part = {0};

    if (part_set_up(&part, rom)) {
        EXPECT_EQ(rotate(&part, &handle, 0), DPE_OK);
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_STASH_MEASUREMENT, &stash,
                               sizeof(stash), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 8), DPE_INVALID_HANDLE);
        EXPECT_EQ(rotate(&part, &handle, DPE_ROTATE_TO_DEFAULT), DPE_OK);
        EXPECT(is_default(&handle));
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_STASH_MEASUREMENT, &stash,
                               sizeof(stash), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 8), DPE_OK);
    }
}

/* IDevID certificate first, then what ROM and FMC made. */
static void hands_out_the_certificate_chain(const struct part_rom *rom)
{
    const struct dpe_chain_command command = {
        .header = {DPE_COMMAND_MAGIC, DPE_GET_CERTIFICATE_CHAIN, DPE_PROFILE},
        .offset = 1,
        .size = DPE_CHUNK_MAX
    };
    uint8_t populate[8 + 5] = {0};
    uint8_t request[8 + sizeof(command)] = {0};
    struct part_answer answer;
    struct part_answer ldevid;
    OWNED(part_tear_down) struct part part = {0};
    uint32_t nothing;

    store_le32(populate + 4, 5);
    memset(populate + 8, 0xa7, 5);
    store_le32(request + 4, sizeof(command));
    memcpy(request + 8, &command, sizeof(command));
    if (part_set_up(&part, rom)) {
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_POPULATE_IDEV_CERT, populate,
                               sizeof(populate), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_GET_LDEV_CERT, &nothing, 4,
                               &ldevid),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_INVOKE_DPE, request,
                               sizeof(request), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 16), DPE_OK);
        EXPECT_EQ(answer.size, 12 + 16 + DPE_CHUNK_MAX);
        EXPECT_BYTES(answer.bytes + 28, populate + 8, 4);
        EXPECT_BYTES(answer.bytes + 32, ldevid.bytes + 12,
                     load_le32(ldevid.bytes + 8));
        test_case("behind its end");
        store_le32(request + 8 + 12, 5000);
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_INVOKE_DPE, request,
                               sizeof(request), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 16), DPE_CERTIFICATE_CHAIN_ERROR);
        test_case("too much at once");
        store_le32(request + 8 + 16, DPE_CHUNK_MAX + 1);
        EXPECT_EQ(part_command(&part, CALIPTRA_CMD_INVOKE_DPE, request,
                               sizeof(request), &answer),
                  CALIPTRA_MBOX_STATUS_DATA_READY);
        EXPECT_EQ(load_le32(answer.bytes + 16), DPE_INVALID_ARGUMENT);
        test_case("more than was sent");
        store_le32(populate + 4, 6);
        part_expect_refused(&part, CALIPTRA_CMD_POPULATE_IDEV_CERT, populate,
                            sizeof(populate), 0x000e0009);
    }
}

PART_BEHAVIOUR(says_what_it_supports)
PART_BEHAVIOUR(derives_rotates_and_destroys)
PART_BEHAVIOUR(refuses_what_it_must)
PART_BEHAVIOUR(has_room_for_16_contexts_a_level)
PART_BEHAVIOUR(keeps_level_1_from_the_privileged_user)
PART_BEHAVIOUR(stashing_needs_the_default_context)
PART_BEHAVIOUR(hands_out_the_certificate_chain)
