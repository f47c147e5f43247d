/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes one page per device model into a folder, from its register tables, one
 * on what AArch64 cores have, and one of limits, which says of all of them what
 * is not modelled: document-registers FOLDER. The page of limits links to no
 * other, because it is committed alone (docs/limits.md).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/device_document.h"
#include "devices/devices.h"
#include "engine/aarch64/core_type.h"
#include "engine/mprofile/omissions.h"
#include "engine/riscv/omissions.h"
#include "host/file.h"
#include "isa/riscv/csr.h"

static const char *const views[REGISTER_VIEWS] = {"core", "SoC"};

/* "chipsalliance,caliptra-ecc" is documented in caliptra-ecc.md. */
static char *page_name(const struct device_type *type)
{
    const char *comma = strchr(type->compatible, ',');
    return xasprintf("%s.md", comma ? comma + 1 : type->compatible);
}

static int write_page(const char *folder, const char *name,
                      const struct buffer *page)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct error error = {""};
    int result = file_write(path, page->bytes, page->size, &error);
    if (result) {
        fprintf(stderr, "document-registers: %s\n", error.text);
    }
    free(path);
    return result;
}

/* ---- AArch64 ------------------------------------------------------------- */

enum { LISTED_ROWS = 120 };

static bool is_first(unsigned row)
{
    const char *mnemonic = aarch64_rows[row].mnemonic;
    for (unsigned i = 1; i < row; i++) {
        if (aarch64_kinds[i].feature == aarch64_kinds[row].feature &&
            strcmp(aarch64_rows[i].mnemonic, mnemonic) == 0) {
            return false;
        }
    }
    return true;
}

/* Instructions of a feature, by mnemonic, unless they are too many. */
static void list_instructions(enum aarch64_feature feature, struct buffer *out)
{
    unsigned count = 0;
    for (unsigned row = 1; row < AARCH64_ROWS; row++) {
        count += aarch64_kinds[row].feature == feature;
    }
    for (unsigned row = 1; row < AARCH64_ROWS && count <= LISTED_ROWS; row++) {
        if (aarch64_kinds[row].feature == feature && is_first(row)) {
            buffer_print(out, "`%s` ", aarch64_rows[row].mnemonic);
        }
    }
    if (count > LISTED_ROWS) {
        buffer_print(out, "%u rows ", count);
    }
}

/* Registers of a feature; those of Armv8.0 and of single cores go unlisted. */
static void list_system_registers(enum aarch64_feature feature,
                                  struct buffer *out)
{
    for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
        if (feature != AARCH64_FEATURE_BASE &&
            aarch64_register_feature(row) == feature) {
            buffer_print(out, "`%s` ", aarch64_registers[row].name);
        }
    }
}

/* "yes", "choice" when it can be given, else "no". */
static const char *presence(const char *core, enum aarch64_feature feature)
{
    static struct aarch64_rules rules;
    struct error error = {""};
    char *give = xasprintf("+%s", aarch64_feature_options[feature]);
    aarch64_make_rules(core, NULL, &rules, &error);
    const char *answer = "no";
    if (aarch64_rules_have(&rules, feature)) {
        answer = "yes";
    } else if (aarch64_make_rules(core, give, &rules, &error) == 0) {
        answer = "choice";
    }
    free(give);
    return answer;
}

static int write_features(const char *folder)
{
    struct buffer page = {0};
    buffer_print(&page,
                 "# AArch64 features and cores\n\n"
                 "\"choice\": a core has it when asked to, by `--cpu "
                 "NAME,+FEATURE` or `cairn,features`; so may those with "
                 "\"yes\" be taken that are not of Armv8.0.\n\n"
                 "| feature |");
    for (size_t i = 0; aarch64_core_types[i]; i++) {
        buffer_print(&page, " `%s` |", aarch64_core_types[i]);
    }
    buffer_print(&page, " instructions | registers |\n|---|");
    for (size_t i = 0; aarch64_core_types[i]; i++) {
        buffer_print(&page, "---|");
    }
    buffer_print(&page, "---|---|\n");
    for (unsigned i = 0; i < AARCH64_FEATURES; i++) {
        enum aarch64_feature feature = (enum aarch64_feature)i;
        buffer_print(&page, "| %s |", aarch64_feature_options[i]);
        for (size_t j = 0; aarch64_core_types[j]; j++) {
            buffer_print(&page, " %s |",
                         presence(aarch64_core_types[j], feature));
        }
        buffer_print(&page, " ");
        list_instructions(feature, &page);
        buffer_print(&page, "| ");
        list_system_registers(feature, &page);
        buffer_print(&page, "|\n");
    }
    int result = write_page(folder, "aarch64-features.md", &page);
    buffer_fini(&page);
    return result;
}

/* ---- Limits -------------------------------------------------------------- */

static void list_omissions(struct buffer *page)
{
    const struct device_type *type;
    buffer_print(page,
                 "| device | not modelled | logged when |\n"
                 "|---|---|---|\n");
    for (size_t i = 0; (type = device_type_at(i)); i++) {
        for (size_t n = 0; n < type->omission_count; n++) {
            buffer_print(page, "| %s | %s | ", type->title,
                         type->omissions[n].text);
            omission_print(&type->omissions[n], page);
            buffer_print(page, " |\n");
        }
    }
}

/* Features with the name of a core are registers that it alone has. */
static bool names_a_core(const char *option)
{
    for (size_t i = 0; aarch64_core_types[i]; i++) {
        const char *comma = strchr(aarch64_core_types[i], ',');
        if (comma && strcmp(comma + 1, option) == 0) {
            return true;
        }
    }
    return false;
}

static void list_absent_features(struct buffer *page)
{
    for (size_t i = 0; aarch64_core_types[i]; i++) {
        buffer_print(page, "| `%s` |", aarch64_core_types[i]);
        for (unsigned j = 0; j < AARCH64_FEATURES; j++) {
            enum aarch64_feature feature = (enum aarch64_feature)j;
            if (!names_a_core(aarch64_feature_options[j]) &&
                strcmp(presence(aarch64_core_types[i], feature), "no") == 0) {
                buffer_print(page, " %s", aarch64_feature_options[j]);
            }
        }
        buffer_print(page, " |\n");
    }
}

static void list_control_bits(struct buffer *page)
{
    buffer_print(page,
                 "\n## Controls of AArch64 cores\n\n"
                 "Bits that have no effect. Software can write them, but for "
                 "those that an identification register denies, which stay "
                 "0. Selecting a PMU event that PMCEID0_EL0 and PMCEID1_EL0 do "
                 "not have is logged too.\n\n"
                 "| register | bits | not modelled | logged when |\n"
                 "|---|---|---|---|\n");
    for (unsigned i = 0; i < AARCH64_OMISSIONS; i++) {
        const struct aarch64_omission *omission = &aarch64_omissions[i];

        buffer_print(page, "| `%s` | ", aarch64_registers[omission->row].name);
        if (omission->mask == UINT64_MAX) {
            buffer_print(page, "all");
        } else {
            buffer_print(page, "0x%08" PRIx64, omission->mask);
        }
        buffer_print(page, " | %s | %s%s%s |\n", omission->text,
                     omission->logged ? "a bit is set" : "not observable",
                     omission->told ? "; " : "",
                     omission->told ? omission->told : "");
    }
}

static void list_csrs(struct buffer *page)
{
    buffer_print(page,
                 "\n## Controls of RV32 cores\n\n"
                 "| CSR | bits | not modelled | logged when |\n"
                 "|---|---|---|---|\n");
    for (unsigned i = 0; i < RISCV_OMISSIONS; i++) {
        const struct riscv_omission *omission = &riscv_omissions[i];

        buffer_print(page, "| `%s` | 0x%08" PRIx32 " | %s | %s |\n",
                     riscv_csrs[omission->csr].name, omission->mask,
                     omission->text,
                     omission->logged ? "a bit is set" : "not observable");
    }
}

static void list_private_peripherals(struct buffer *page)
{
    buffer_print(page,
                 "\n## Private peripherals of M-profile cores\n\n"
                 "| not modelled | logged when |\n|---|---|\n");
    for (unsigned i = 0; i < MPROFILE_OMISSIONS; i++) {
        buffer_print(page, "| %s | `%s` asks for it |\n",
                     mprofile_omissions[i].text,
                     mprofile_omissions[i].registers);
    }
#define OMISSION(...)
#define UNSEEN(registers, text)                                                \
    buffer_print(page, "| " text " | `" registers "`: not observable |\n");
#include "engine/mprofile/omissions.def"
#undef OMISSION
#undef UNSEEN
}

static int write_limits(const char *folder)
{
    struct buffer page = {0};
    buffer_print(&page,
                 "# Limits: features that are not modelled\n\n"
                 "Generated by `make docs` from the omissions that each device "
                 "model lists beside its registers (`bus/omission.h`) and from "
                 "the table of features. The log `unmodelled` has each access "
                 "that relies on a row, which ends a run with `--strict`; "
                 "`tests/machine/omissions_test.c` tries every row.\n\n"
                 "## Devices\n\n"
                 "\"Not observable\": no register tells a guest. Accesses at "
                 "offsets that have no register are logged too, of every "
                 "device.\n\n");
    list_omissions(&page);
    buffer_print(&page,
                 "\n## Features that a core cannot be given\n\n"
                 "Identification registers report them as absent, and their "
                 "instructions are undefined. Extensions of the architecture "
                 "that the page `aarch64-features.md` beside the registers' "
                 "does not name are absent from all cores.\n\n"
                 "| core | features |\n|---|---|\n");
    list_absent_features(&page);
    list_control_bits(&page);
    list_csrs(&page);
    list_private_peripherals(&page);
    int result = write_page(folder, "limits.md", &page);
    buffer_fini(&page);
    return result;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: document-registers FOLDER\n");
        return 2;
    }
    struct buffer list = {0};
    int result = 0;
    buffer_print(&list,
                 "# Register pages\n\nGenerated by `make docs` from the "
                 "tables in `devices/`, `engine/` and `isa/`.\n\n");
    const struct device_type *type;
    for (size_t i = 0; (type = device_type_at(i)) && result == 0; i++) {
        struct buffer page = {0};
        char *name = page_name(type);
        device_document(type, views, &page);
        result = write_page(argv[1], name, &page);
        buffer_print(&list, "- [%s](%s): `%s`\n", type->title, name,
                     type->compatible);
        free(name);
        buffer_fini(&page);
    }
    buffer_print(&list,
                 "- [AArch64 features and cores](aarch64-features.md)\n"
                 "- [Limits: features that are not modelled](limits.md)\n");
    if (result == 0) {
        result = write_features(argv[1]);
    }
    if (result == 0) {
        result = write_limits(argv[1]);
    }
    if (result == 0) {
        result = write_page(argv[1], "README.md", &list);
    }
    buffer_fini(&list);
    return result ? 1 : 0;
}
