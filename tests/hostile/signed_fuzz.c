/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile files of the chain of trust: bundles, SoC manifests and flashes. The
 * first byte selects what, the second what is put right after the edits:
 * digests and signatures by the right keys, checksums. With the top bit of the
 * first set the rest are edits (tests/hostile/edits.h) of a valid file, else
 * the file.
 *
 * A valid file is trusted, unless its row says otherwise. If nothing was put
 * right, an edited one is trusted only as long as each byte that the verdict
 * calls covered is what the signer wrote.
 */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "tests/fuzz.h"
#include "tests/hostile/edits.h"
#include "tests/hostile/flash_checksums.h"
#include "tests/hostile/fuzz_ring.h"
#include "trust/aspeed/flash.h"
#include "trust/aspeed/make.h"
#include "trust/caliptra/sign.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/flash/image.h"
#include "trust/flash/set.h"

struct kind {
    /* Makes a valid file; *fuses are those of a part that takes it. */
    void (*write)(const struct kind *kind, struct buffer *out,
                  struct fuses *fuses);
    void (*mend)(const struct kind *kind, unsigned what, uint8_t *bytes,
                 size_t size);
    /* Reads, explains and judges. 0, or an error with a text. */
    int (*judge)(const struct kind *kind, const uint8_t *bytes, size_t size,
                 const struct fuses *fuses, struct verdict *verdict,
                 struct error *error);
    int generation;
    bool refused; /* the valid file is, as part of it is missing or unsigned */
    const char *recipe;
};

static const struct caliptra_named named = {true, true};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* No LMS, whose keys take too long to make. */
static struct caliptra_signing signing(int generation)
{
    return (struct caliptra_signing){
        .keys = fuzz_ring(), .lms = caliptra_layout(generation)->number == 2};
}

static void begin_json(struct json *json, struct buffer *out)
{
    json_init(json, out);
    json_begin_object(json, NULL);
}

/* ---- Bundles ------------------------------------------------------------- */

static void write_bundle(const struct kind *kind, struct buffer *out,
                         struct fuses *fuses)
{
    static const uint8_t program[64] = {1, 2, 3};
    struct caliptra_bundle bundle;
    struct caliptra_pack pack;

    caliptra_pack_init(&pack, kind->generation);
    pack.signing = signing(kind->generation);
    pack.pqc_type = CALIPTRA2_PQC_MLDSA;
    pack.fmc.bytes = pack.runtime.bytes = program;
    pack.fmc.size = pack.runtime.size = sizeof(program);
    require(caliptra_bundle_write(&pack, out, NULL) == 0 &&
            caliptra_bundle_read(&bundle, out->bytes, out->size, NULL) == 0);
    caliptra_bundle_fuses(&bundle, fuses);
}

static void mend_bundle(const struct kind *kind, unsigned what, uint8_t *bytes,
                        size_t size)
{
    const struct caliptra_signing keys = signing(kind->generation);

    (void)caliptra_bundle_resign(bytes, size, &keys, what & CALIPTRA_RESIGN_ALL,
                                 NULL);
}

static int judge_bundle(const struct kind *kind, const uint8_t *bytes,
                        size_t size, const struct fuses *fuses,
                        struct verdict *verdict, struct error *error)
{
    struct verdict_range places[CALIPTRA_PLACES_MAX];
    struct caliptra_verdict rom;
    struct caliptra_bundle bundle;
    struct buffer text = {0};
    struct json json;
    int code = caliptra_bundle_read(&bundle, bytes, size, error);

    caliptra_bundle_verify(bytes, size, kind->generation, NULL, &rom);
    if (code != 0) {
        return code;
    }
    caliptra_bundle_verify(bytes, size, bundle.generation, fuses, &rom);
    caliptra_bundle_judge(&bundle, &rom, &named, false, 0, verdict);
    verdict_name_uncovered(verdict, size, places,
                           caliptra_bundle_places(&bundle, 0, places));
    caliptra_bundle_print(&bundle, &text);
    begin_json(&json, &text);
    caliptra_bundle_print_json(&bundle, &json);
    verdict_print_json(verdict, &json);
    json_end_object(&json);
    buffer_fini(&text);
    return 0;
}

/* ---- SoC manifests ------------------------------------------------------- */

/* The set that manifests and flashes are of. */
static const struct flash_set *set(void)
{
    static struct flash_set made = {.version = 7, .vendor_signs = true};
    static const struct kind bundle = {.generation = CALIPTRA_1_1};
    const struct caliptra_signing keys = signing(CALIPTRA_1_1);
    struct boot_image header = {.id = FLASH_IMAGE_MONITOR, .payload_size = 40};
    static const uint8_t payload[40] = {5};
    struct fuses fuses;

    if (made.count == 0) {
        write_bundle(&bundle, &made.bundle, &fuses);
        require(flash_set_wrap(&made, &header, payload, NULL, NULL) == 0);
        header.id = FLASH_IMAGE_KERNEL;
        require(flash_set_wrap(&made, &header, payload, NULL, NULL) == 0 &&
                flash_set_sign(&made, &keys, NULL) == 0);
    }
    return &made;
}

static void set_bundle(struct caliptra_bundle *bundle)
{
    require(caliptra_bundle_read(bundle, set()->bundle.bytes,
                                 set()->bundle.size, NULL) == 0);
}

static void write_manifest(const struct kind *kind, struct buffer *out,
                           struct fuses *fuses)
{
    struct caliptra_bundle bundle;

    set_bundle(&bundle);
    caliptra_bundle_fuses(&bundle, fuses);
    buffer_append(out, set()->manifest.bytes, set()->manifest.size);
}

/* Signs again what a bit of `what` says, by the ring's keys. */
static void mend_manifest(const struct kind *kind, unsigned what,
                          uint8_t *bytes, size_t size)
{
    struct caliptra_soc_manifest *manifest = calloc(1, sizeof(*manifest));
    struct caliptra_soc_preamble *p = &manifest->preamble;
    struct key_ring *keys = fuzz_ring();
    const size_t whole = size < sizeof(*manifest) ? size : sizeof(*manifest);

    require(manifest != NULL);
    memcpy(manifest, bytes, whole);
    const size_t list = whole > sizeof(*p) ? whole - sizeof(*p) : 0;
    /* clang-format off */
    const struct signature_slot slots[] = {
        {"vendor's keys", &keys->vendor_ecc[0], NULL, NULL, &p->version,
         offsetof(struct caliptra_soc_preamble, vendor_endorsement) -
             offsetof(struct caliptra_soc_preamble, version),
         &p->vendor_endorsement.ecc, NULL},
        {"owner's keys", &keys->owner_ecc, NULL, NULL, &p->owner_keys,
         sizeof(p->owner_keys), &p->owner_endorsement.ecc, NULL},
        {"owner's list", &keys->owner_ecc, NULL, NULL, &manifest->images, list,
         &p->owner_metadata.ecc, NULL},
        {"vendor's list", &keys->vendor_ecc[0], NULL, NULL, &manifest->images,
         list, &p->vendor_metadata.ecc, NULL},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
        if (what >> i & 1) {
            require(signature_slot_sign(&slots[i], false, 0, NULL) == 0);
        }
    }
    memcpy(bytes, manifest, whole);
    free(manifest);
}

static int judge_manifest(const struct kind *kind, const uint8_t *bytes,
                          size_t size, const struct fuses *fuses,
                          struct verdict *verdict, struct error *error)
{
    struct caliptra_bundle bundle;
    struct caliptra_verdict runtime;
    struct buffer text = {0};
    struct json json;

    set_bundle(&bundle);
    soc_manifest_verify(bytes, size, &bundle, fuses->lms_verify != 0, &runtime);
    if (soc_manifest_images(bytes, size, error) == NULL) {
        return -EINVAL;
    }
    soc_manifest_judge(&runtime, verdict);
    soc_manifest_cover(verdict, 0, size);
    soc_manifest_print(bytes, size, &text);
    begin_json(&json, &text);
    soc_manifest_print_json(bytes, size, &json);
    json_end_object(&json);
    buffer_fini(&text);
    return 0;
}

/* ---- Flashes of board trust ---------------------------------------------- */

/* Only the recovery bank has a set: it is near the start, and the active bank
 * would make the file seven times as large. */
static void write_flash(const struct kind *kind, struct buffer *out,
                        struct fuses *fuses)
{
    static const struct fwu metadata = {
        .active = 0,
        .previous = 1,
        .bank_state = {FWU_BANK_ACCEPTED, FWU_BANK_VALID, FWU_BANK_INVALID,
                       FWU_BANK_INVALID},
        .bank_count = 2,
        .image_count = 1,
    };
    struct buffer bank = {0};
    struct caliptra_bundle bundle;

    set_bundle(&bundle);
    caliptra_bundle_fuses(&bundle, fuses);
    require(flash_set_write(set(), flash_bank_room(FLASH_BANK_RECOVERY), &bank,
                            NULL) == 0);
    flash_image_write(&metadata,
                      (const struct buffer *const[]){NULL, NULL, &bank}, out);
    buffer_fini(&bank);
}

static void mend_metadata(uint8_t *bytes, size_t size)
{
    const uint32_t used = load_le32(bytes + 16); /* metadata_size */

    if (used > 4 && used <= size) {
        store_le32(bytes, (uint32_t)crc32_z(0, bytes + 4, used - 4));
    }
}

static void mend_flash(const struct kind *kind, unsigned what, uint8_t *bytes,
                       size_t size)
{
    struct flash_bank bank;

    if (size <= FLASH_RECOVERY) {
        return;
    }
    mend_metadata(bytes + FLASH_METADATA_0, FLASH_ERASE_SIZE);
    mend_metadata(bytes + FLASH_METADATA_1, FLASH_ERASE_SIZE);
    flash_checksums(bytes + FLASH_RECOVERY, size - FLASH_RECOVERY);
    if (what & 0xf0 && flash_bank_read(&bank, bytes + FLASH_RECOVERY,
                                       size - FLASH_RECOVERY, NULL) == 0) {
        const struct flash_part *part =
            flash_bank_find(&bank, FLASH_IMAGE_SOC_MANIFEST);
        if (part != NULL && part->size != 0) {
            mend_manifest(kind, what >> 4, bytes + (part->bytes - bytes),
                          part->size);
        }
        flash_checksums(bytes + FLASH_RECOVERY, size - FLASH_RECOVERY);
    }
}

static int judge_flash(const struct kind *kind, const uint8_t *bytes,
                       size_t size, const struct fuses *fuses,
                       struct verdict *verdict, struct error *error)
{
    struct flash_image *image = calloc(1, sizeof(*image));
    struct buffer text = {0};
    struct json json;
    int code = image ? flash_image_read(image, bytes, size, error) : -ENOMEM;

    if (code == 0) {
        flash_image_judge(image, bytes, size, fuses, &named, verdict);
        flash_image_print(image, &text);
        begin_json(&json, &text);
        flash_image_print_json(image, &json);
        json_end_object(&json);
    }
    buffer_fini(&text);
    free(image);
    return code;
}

/* ---- Flashes of an AST2700 ----------------------------------------------- */

static int read_named(void *context, const char *name, struct buffer *out,
                      struct error *error)
{
    memset(buffer_grow(out, 96), name[0], 96);
    return 0;
}

static void write_aspeed(const struct kind *kind, struct buffer *out,
                         struct fuses *fuses)
{
    const struct flash_source source = {.read = read_named};
    struct aspeed_recipe recipe;
    struct flash_made made = {0};

    require(aspeed_recipe_read(&recipe, "r", kind->recipe, strlen(kind->recipe),
                               NULL) == 0 &&
            aspeed_make(&recipe, fuzz_ring(), &source, &made, NULL) == 0);
    buffer_append(out, made.flash.bytes, made.flash.size);
    *fuses = made.fuses;
    flash_made_fini(&made);
    aspeed_recipe_fini(&recipe);
}

/* Wherever there is a directory. */
static void mend_aspeed(const struct kind *kind, unsigned what, uint8_t *bytes,
                        size_t size)
{
    for (size_t at = 0; at + 4 <= size; at += 256) {
        flash_checksums(bytes + at, size - at);
    }
}

static int judge_aspeed(const struct kind *kind, const uint8_t *bytes,
                        size_t size, const struct fuses *fuses,
                        struct verdict *verdict, struct error *error)
{
    struct aspeed_flash *flash = calloc(1, sizeof(*flash));
    struct buffer text = {0};
    struct json json;

    (void)aspeed_flash_recognise(bytes, size);
    int code = flash ? aspeed_flash_read(flash, bytes, size, error) : -ENOMEM;
    if (code == 0) {
        aspeed_flash_verify(flash, fuses, &named, 0, verdict);
        aspeed_flash_print(flash, &text);
        begin_json(&json, &text);
        aspeed_flash_print_json(flash, &json);
        json_end_object(&json);
    }
    buffer_fini(&text);
    free(flash);
    return code;
}

/* ---- The table ----------------------------------------------------------- */

#define CHAIN                                                                  \
    "keys: k\nversion: 7\nsecurity-version: 3\n"                               \
    "caliptra: {fmc: riscv, runtime: riscv}\n"
#define IMAGES "images: {mcu: mcu, bl31: bl31, u-boot: boot, ssp: ssp"

/* clang-format off */
static const struct kind kinds[] = {
    {write_bundle, mend_bundle, judge_bundle, CALIPTRA_1_1, false, NULL},
    {write_bundle, mend_bundle, judge_bundle, CALIPTRA_2_0, false, NULL},
    {write_manifest, mend_manifest, judge_manifest, CALIPTRA_1_1, false, NULL},
    {write_flash, mend_flash, judge_flash, CALIPTRA_1_1, true, NULL},
    {write_aspeed, mend_aspeed, judge_aspeed, CALIPTRA_1_1, false,
     CHAIN "svn: 2\nlayout: a1\n" IMAGES ", ddr4-imem: ddr}\n"},
    {write_aspeed, mend_aspeed, judge_aspeed, CALIPTRA_1_1, false,
     CHAIN "layout: a2\n" IMAGES ", optee: boot}\n"},
    {write_aspeed, mend_aspeed, judge_aspeed, CALIPTRA_1_1, true,
     "keys: k\nsvn: 2\nlayout: fit\n" IMAGES ", device-tree: dtb}\n"},
    {write_aspeed, mend_aspeed, judge_aspeed, CALIPTRA_1_1, false,
     CHAIN "layout: banks\n" IMAGES "}\n"},
};
/* clang-format on */

static struct {
    struct edited file;
    struct fuses fuses;
} valid[ARRAY_SIZE(kinds)];

static bool is_covered(const struct verdict *verdict, size_t at)
{
    for (size_t i = 0; i < verdict->covered_count; i++) {
        const struct verdict_range *range = &verdict->covered[i];
        if (at >= range->offset && at - range->offset < range->size) {
            return true;
        }
    }
    return false;
}

FUZZ(input, size)
{
    if (size < 2) {
        return 0;
    }
    const size_t selected = (input[0] & 0x3f) % ARRAY_SIZE(kinds);
    const struct kind *kind = &kinds[selected];
    struct edited *file = &valid[selected].file;
    const bool edits = input[0] & 0x80;
    const unsigned mends = input[1];
    struct verdict verdict = {0};
    struct error error = {""};
    if (file->places == 0) {
        fuses_init(&valid[selected].fuses);
        kind->write(kind, &file->valid, &valid[selected].fuses);
        edits_find_places(file);
    }
    size_t bytes_size;
    uint8_t *bytes =
        edits_apply(edits ? file : NULL, input + 2, size - 2, &bytes_size);
    if (mends != 0) {
        kind->mend(kind, mends, bytes, bytes_size);
    }
    int code = kind->judge(kind, bytes, bytes_size, &valid[selected].fuses,
                           &verdict, &error);
    require(code == 0 || error.text[0] != '\0');
    bool trusted = code == 0 && verdict_decide(&verdict) == VERDICT_IS_TRUSTED;
    require(trusted != kind->refused || !edits || size > 2);
    for (size_t i = 0; trusted && mends == 0 && edits && i < bytes_size; i++) {
        require(bytes[i] == file->valid.bytes[i] || !is_covered(&verdict, i));
    }
    verdict_fini(&verdict);
    free(bytes);
    return 0;
}
