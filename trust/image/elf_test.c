/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/image/elf.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

/* Two segments with a hole between them, and a third without contents. */
struct sample {
    Elf32_Ehdr header;
    Elf32_Phdr segments[3];
    uint8_t code[8];
    uint8_t data[4];
};

static void make_sample(struct sample *sample)
{
    *sample = (struct sample){
        .header = {.e_type = ET_EXEC,
                   .e_machine = EM_RISCV,
                   .e_entry = 0x40000004,
                   .e_phoff = offsetof(struct sample,                  segments),
                   .e_phentsize = sizeof(Elf32_Phdr),
                   .e_phnum = 3},
        .segments = {{.p_type = PT_LOAD,
                      .p_offset = offsetof(struct sample, code),
                      .p_paddr = 0x40000000,
                      .p_vaddr = 0x80000000,
                      .p_filesz = 8,
                      .p_memsz = 8},
                   {.p_type = PT_LOAD,
                      .p_offset = offsetof(struct sample, data),
                      .p_paddr = 0x40000010,
                      .p_filesz = 4,
                      .p_memsz = 100},
                   {.p_type = PT_LOAD,
                      .p_paddr = 0x50000000,
                      .p_filesz = 0,
                      .p_memsz = 100}        },
        .code = {1,                2,  3,4, 5, 6, 7, 8},
        .data = {9,                                10,                 11,                       12  },
    };
    memcpy(sample->header.e_ident, ELFMAG, SELFMAG);
    sample->header.e_ident[EI_CLASS] = ELFCLASS32;
    sample->header.e_ident[EI_DATA] = ELFDATA2LSB;
}

TEST(segments_are_laid_out_by_physical_address)
{
    static const uint8_t expected[20] = {1, 2, 3, 4, 5, 6, 7, 8,  0,  0,
                                         0, 0, 0, 0, 0, 0, 9, 10, 11, 12};
    struct sample sample;
    struct elf_image image;
    struct error error = {""};
    make_sample(&sample);
    REQUIRE(elf_image_read(&image, &sample, sizeof(sample), 100, &error) == 0);
    EXPECT(image.is_elf);
    EXPECT_EQ(image.load_address, 0x40000000);
    EXPECT_EQ(image.entry_point, 0x40000004);
    REQUIRE(image.bytes.size == sizeof(expected));
    EXPECT_BYTES(image.bytes.bytes, expected, sizeof(expected));
    buffer_fini(&image.bytes);
    EXPECT_EQ(elf_image_read(&image, &sample, sizeof(sample), 19, &error),
              -EFBIG);
}

/* As linkers do when a program leaves room at its start. */
TEST(headers_of_the_file_in_its_first_segment_are_counted)
{
    struct sample sample;
    struct elf_image image;
    size_t own = sizeof(sample.header) + sizeof(sample.segments);
    make_sample(&sample);
    REQUIRE(elf_image_read(&image, &sample, sizeof(sample), 1000, NULL) == 0);
    EXPECT_EQ(image.header_size, 0);
    buffer_fini(&image.bytes);
    sample.segments[0].p_offset = 0;
    sample.segments[0].p_paddr = 0x3fffff00;
    sample.segments[0].p_filesz = (Elf32_Word)(own + sizeof(sample.code));
    REQUIRE(elf_image_read(&image, &sample, sizeof(sample), 1000, NULL) == 0);
    EXPECT_EQ(image.header_size, own);
    EXPECT_BYTES(image.bytes.bytes + own, sample.code, sizeof(sample.code));
    buffer_fini(&image.bytes);
    /* Too short for them, or not the first: contents as any other. */
    sample.segments[0].p_filesz = (Elf32_Word)(own - 1);
    REQUIRE(elf_image_read(&image, &sample, sizeof(sample), 1000, NULL) == 0);
    EXPECT_EQ(image.header_size, 0);
    buffer_fini(&image.bytes);
    sample.segments[0].p_filesz = (Elf32_Word)own;
    sample.segments[0].p_paddr = 0x40000014;
    REQUIRE(elf_image_read(&image, &sample, sizeof(sample), 1000, NULL) == 0);
    EXPECT_EQ(image.header_size, 0);
    buffer_fini(&image.bytes);
}

TEST(what_is_no_elf_file_is_taken_as_it_is)
{
    struct elf_image image;
    struct error error = {""};
    EXPECT_EQ(elf_image_read(&image, "\177EL", 3, 3, &error), 0);
    EXPECT(!image.is_elf);
    EXPECT_EQ(image.bytes.size, 3);
    buffer_fini(&image.bytes);
    EXPECT_EQ(elf_image_read(&image, "abcd", 4, 3, &error), -EFBIG);
}

TEST(files_cut_at_any_length_are_refused)
{
    struct sample sample;
    make_sample(&sample);
    for (size_t size = 4; size < sizeof(sample); size++) {
        uint8_t *cut = malloc(size);
        memcpy(cut, &sample, size);
        struct elf_image image;
        struct error error = {""};
        EXPECT_EQ(elf_image_read(&image, cut, size, 100, &error), -EINVAL);
        EXPECT(error.text[0] != '\0');
        free(cut);
    }
}

TEST(hostile_headers_are_refused)
{
    struct elf_image image;
    struct sample good;
    make_sample(&good);
    struct sample bad;
#define REFUSED(change, status)                                                \
    bad = good;                                                                \
    change;                                                                    \
    EXPECT_EQ(elf_image_read(&image, &bad, sizeof(bad), 1 << 20, NULL), status);
    REFUSED(bad.header.e_phoff = UINT32_MAX, -EINVAL);
    REFUSED(bad.header.e_phnum = UINT16_MAX, -EINVAL);
    REFUSED(bad.header.e_phnum = 0, -EINVAL);
    REFUSED(bad.header.e_phentsize = 1, -EINVAL);
    REFUSED(bad.header.e_ident[EI_DATA] = ELFDATA2MSB, -EINVAL);
    REFUSED(bad.header.e_ident[EI_CLASS] = 3, -EINVAL);
    REFUSED(bad.segments[0].p_offset = UINT32_MAX, -EINVAL);
    REFUSED(bad.segments[0].p_filesz = UINT32_MAX, -EINVAL);
    REFUSED(bad.segments[1].p_paddr = UINT32_MAX, -EFBIG);
#undef REFUSED
}

TEST(segments_that_overlap_are_refused_with_both_addresses)
{
    static const struct {
        uint32_t address; /* of 4 bytes, beside 8 at 0x40000000 */
        const char *text; /* NULL: they do not overlap */
    } rows[] = {
        {0x3ffffffc, NULL                        },
        {0x3ffffffd,
         "program headers 0 and 1 overlap: 0x8 bytes at "
         "0x40000000 and 0x4 bytes at 0x3ffffffd"},
        {0x40000002,
         "program headers 0 and 1 overlap: 0x8 bytes at "
         "0x40000000 and 0x4 bytes at 0x40000002"},
        {0x40000007,
         "program headers 0 and 1 overlap: 0x8 bytes at "
         "0x40000000 and 0x4 bytes at 0x40000007"},
        {0x40000008, NULL                        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct elf_image image;
        struct error error = {""};
        struct sample sample;
        make_sample(&sample);
        sample.segments[1].p_paddr = rows[i].address;
        test_case("0x%x", rows[i].address);
        EXPECT_EQ(elf_image_read(&image, &sample, sizeof(sample), 100, &error),
                  rows[i].text ? -EINVAL : 0);
        EXPECT_STR(error.text, rows[i].text ? rows[i].text : "");
        buffer_fini(&image.bytes);
    }
}

TEST(programs_for_another_processor_are_refused_by_name)
{
    struct elf_image image;
    struct sample sample;
    struct error error = {""};
    make_sample(&sample);
    REQUIRE(elf_image_read(&image, &sample, sizeof(sample), 100, NULL) == 0);
    EXPECT_EQ(image.memory_size, 0x10000000 + 100);
    EXPECT_EQ(elf_image_check(&image, ELF_RISCV32, &error), 0);
    EXPECT_EQ(elf_image_check(&image, ELF_AARCH64, &error), -EINVAL);
    EXPECT_STR(error.text,
               "the ELF file is for RISC-V of 32 bits, not AArch64 of 64");
    error_clear(&error);
    image.machine = 4711;
    EXPECT_EQ(elf_image_check(&image, ELF_RISCV32, &error), -EINVAL);
    EXPECT_STR(error.text,
               "the ELF file is for machine 4711 of 32 bits, not RISC-V of 32");
    image.machine = EM_RISCV;
    image.is_64 = true;
    EXPECT_EQ(elf_image_check(&image, ELF_RISCV32, &error), -EINVAL);
    image.is_64 = false;
    error_clear(&error);
    image.entry_point = image.load_address + image.bytes.size;
    EXPECT_EQ(elf_image_check(&image, ELF_RISCV32, &error), -EINVAL);
    EXPECT_STR(error.text,
               "entry point 0x40000014 lies outside of the loaded "
               "0x14 bytes at 0x40000000");
    image.entry_point = image.load_address - 1;
    EXPECT_EQ(elf_image_check(&image, ELF_RISCV32, NULL), -EINVAL);
    image.is_elf = false;
    EXPECT_EQ(elf_image_check(&image, ELF_AARCH64, NULL), 0);
    buffer_fini(&image.bytes);
}
