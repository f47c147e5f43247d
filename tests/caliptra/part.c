/* SPDX-License-Identifier: Apache-2.0 */
/* Boots a part and exchanges mailbox commands with it. */
#include "tests/caliptra/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"
#include "tests/key_rings.h"
#include "trust/image/elf.h"

#define GUESTS "build/out/guest/caliptra/"

const struct part_rom part_roms[4] = {
    {"rom.bin",                        "caliptra-1.1", false},
    {"rom.bin",                        "caliptra-1.0", false},
    {"caliptra-rom-1.0.3-e8e23d9.bin", "caliptra-1.0", true },
    {"caliptra-rom-1.1.1-d6713db.bin", "caliptra-1.1", true },
};

/* ---- What all tests share: keys and firmware, made once ------------------ */

struct key_ring *part_ring(const char *name)
{
    static struct key_ring rings[2];
    static bool loaded[2];
    unsigned which = strcmp(name, "bundle") != 0;
    loaded[which] = loaded[which] || test_ring_load(&rings[which], name);
    return &rings[which];
}

static bool read_image(const char *name, struct elf_image *image)
{
    struct buffer file = {0};
    struct error error = {0};
    char path[128];

    snprintf(path, sizeof(path), GUESTS "%s", name);
    if (file_read(path, 1 << 20, &file, &error) ||
        elf_image_read(image, file.bytes, file.size, 1 << 17, &error)) {
        printf("%s\n", error.text);
        return false;
    }
    buffer_fini(&file);
    return true;
}

static struct caliptra_image image_of(const struct elf_image *elf)
{
    return (struct caliptra_image){
        .bytes = elf->bytes.bytes,
        .size = elf->bytes.size,
        .load_address = (uint32_t)elf->load_address,
        .entry_point = (uint32_t)elf->entry_point,
        .svn = 5,
    };
}

bool part_firmware(struct caliptra_pack *recipe)
{
    static struct elf_image fmc;
    static struct elf_image runtime;

    if (!fmc.bytes.bytes &&
        !(read_image("fmc.elf", &fmc) && read_image("runtime.elf", &runtime))) {
        return false;
    }
    recipe->fmc = image_of(&fmc);
    recipe->runtime = image_of(&runtime);
    return true;
}

static bool pack(struct caliptra_pack *recipe)
{
    caliptra_pack_init(recipe, CALIPTRA_1_1);
    if (!part_firmware(recipe)) {
        return false;
    }
    recipe->signing.keys = part_ring("bundle");
    recipe->signing.lms = true;
    recipe->pl0_pauser = SOC_USER;
    memset(recipe->fmc.revision, 0xf0, sizeof(recipe->fmc.revision));
    memset(recipe->runtime.revision, 0x0f, sizeof(recipe->runtime.revision));
    return true;
}

bool part_rom_read(const char *file, bool released, struct buffer *bytes)
{
    const char *folder = released ? getenv("CAIRN_CALIPTRA_ROMS") : GUESTS;
    struct error error = {0};
    char path[512];

    if (!folder) {
        test_skip("CAIRN_CALIPTRA_ROMS is not set");
        return false;
    }
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    (void)file_read(path, 1 << 16, bytes, &error);
    return EXPECT_STR(error.text, "");
}

static bool write_bundle(struct part *part, const struct caliptra_pack *pack)
{
    struct error error = {0};

    if (caliptra_bundle_write(pack, &part->bytes, &error) ||
        caliptra_bundle_read(&part->bundle, part->bytes.bytes, part->bytes.size,
                             &error)) {
        printf("%s\n", error.text);
        return false;
    }
    fuses_init(&part->fuses);
    caliptra_bundle_key_hashes(&part->bundle, part->fuses.vendor_key_hash,
                               part->fuses.owner_key_hash);
    return true;
}

bool part_boot(struct part *part)
{
    return EXPECT_EQ(soc_boot(&part->soc, &part->fuses, &part->bytes), 0) &&
           EXPECT(soc_wait(&part->soc, "soc_ifc.ready_for_runtime", 1,
                           PART_LIMIT));
}

/* A part that our firmware is for, powered off. */
static bool prepare(struct part *part, const struct part_rom *rom,
                    uint32_t pl0_pauser)
{
    struct caliptra_pack recipe;

    memset(part, 0, sizeof(*part));
    if (!part_rom_read(rom->file, rom->released, &part->rom) ||
        !EXPECT(pack(&recipe))) {
        return false;
    }
    recipe.pl0_pauser = pl0_pauser;
    return EXPECT(write_bundle(part, &recipe)) &&
           EXPECT(soc_create(&part->soc, rom->board, &part->rom));
}

/* A part that runs our firmware, up to its runtime. */
bool part_set_up_as(struct part *part, const struct part_rom *rom, bool lms,
                    uint32_t pl0_pauser)
{
    if (!prepare(part, rom, pl0_pauser)) {
        return false;
    }
    part->fuses.lms_verify = lms;
    return part_boot(part);
}

bool part_set_up_in(struct part *part, const struct part_rom *rom,
                    uint32_t life_cycle, bool debug_locked)
{
    if (!prepare(part, rom, SOC_USER)) {
        return false;
    }
    part->fuses.life_cycle = life_cycle;
    part->fuses.debug_locked = debug_locked;
    return part_boot(part);
}

bool part_set_up(struct part *part, const struct part_rom *rom)
{
    return part_set_up_as(part, rom, false, SOC_USER);
}

void part_tear_down(struct part *part)
{
    if (part->soc.machine) {
        EXPECT_EQ(soc_read(&part->soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL), 0);
        EXPECT_EQ(soc_read(&part->soc, CALIPTRA_SOC_IFC_HW_ERROR_FATAL), 0);
        EXPECT_EQ(soc_read(&part->soc, CALIPTRA_SOC_IFC_HW_ERROR_NON_FATAL), 0);
        EXPECT_EQ(cairn_unmodelled_count(part->soc.machine), 0);
        soc_destroy(&part->soc);
    }
    buffer_fini(&part->bytes);
    buffer_fini(&part->rom);
}

/* ---- Commands ------------------------------------------------------------ */

static void read_answer(struct part *part, struct part_answer *answer)
{
    answer->size = soc_read(&part->soc, CALIPTRA_MBOX_DLEN);
    if (!EXPECT(answer->size >= 8 && answer->size <= sizeof(answer->bytes))) {
        answer->size = 0;
        return;
    }
    for (uint32_t i = 0; i < answer->size; i += 4) {
        store_le32(answer->bytes + i,
                   soc_read(&part->soc, CALIPTRA_MBOX_DATAOUT));
    }
    EXPECT_EQ(load_le32(answer->bytes),
              caliptra_checksum(0, answer->bytes + 4, answer->size - 4));
    EXPECT_EQ(load_le32(answer->bytes + 4), 0); /* FIPS: approved */
}

/* Sends a request as it is: the status, with the answer or the error. */
unsigned part_send(struct part *part, uint32_t command, const void *request,
                   size_t size, struct part_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    if (!EXPECT(soc_mailbox_send(&part->soc, command, request, size))) {
        return 0;
    }
    unsigned status = soc_mailbox_wait(&part->soc, PART_LIMIT);
    if (status == CALIPTRA_MBOX_STATUS_DATA_READY) {
        read_answer(part, answer);
    }
    answer->code = soc_read(&part->soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL);
    /* A part that answered may have come to its end since then. */
    bool ended = soc_read(&part->soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL) != 0;
    EXPECT(ended ||
           (status == CALIPTRA_MBOX_STATUS_FAILURE) == (answer->code != 0));
    soc_mailbox_finish(&part->soc);
    return status;
}

/* The same with the checksum put in; the request starts with it. */
unsigned part_command(struct part *part, uint32_t code, void *request,
                      size_t size, struct part_answer *answer)
{
    store_le32(request,
               caliptra_checksum(code, (uint8_t *)request + 4, size - 4));
    return part_send(part, code, request, size, answer);
}

void part_expect_refused(struct part *part, uint32_t code, void *request,
                         size_t size, uint32_t error)
{
    struct part_answer answer;
    EXPECT_EQ(part_command(part, code, request, size, &answer),
              CALIPTRA_MBOX_STATUS_FAILURE);
    EXPECT_EQ(answer.code, error);
}
