/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our Caliptra firmware's side of the mailbox, its VERSION and its console,
 * compiled for the host over registers that do nothing by themselves.
 */
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/version.h"
#include "tests/harness.h"
#include "tests/register_file.h"

TEST(a_sum_is_of_all_bytes)
{
    static const uint32_t words[] = {0xff000000, 0x00fe0000, 0x0000fd00, 0xfc,
                                     0x01010101};
    EXPECT_EQ(mailbox_sum(words, 0), 0);
    EXPECT_EQ(mailbox_sum(words, 1), 0xff);
    EXPECT_EQ(mailbox_sum(words, 4), 0xff + 0xfe + 0xfd + 0xfc);
    EXPECT_EQ(mailbox_sum(words, 5), 0xff + 0xfe + 0xfd + 0xfc + 4);
}

/* Command 0x01020304, whose bytes add up to 10. */
TEST(a_request_has_its_size_and_its_sum)
{
    static const struct {
        uint32_t size;
        uint32_t data[3];
        uint32_t error;
        unsigned popped;
    } cases[] = {
        {12, {0u - 10 - 3 - 0xff, 3, 0xff00}, 0, 3},
        {12, {0u - 10 - 3 - 0xfe, 3, 0xff00}, 2, 3},
        {12, {0u - 3 - 0xff, 3, 0xff00},      2, 3},
        {8,  {0u - 10 - 3, 3, 0},             1, 0},
        {16, {0u - 10 - 3, 3, 0},             1, 0},
        {11, {0u - 10 - 3, 3, 0},             1, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t words[4] = {0, 0, 0, 0x77};
        registers_clear();
        registers_set(CALIPTRA_MBOX_CMD, 0x01020304);
        registers_set(CALIPTRA_MBOX_DLEN, cases[i].size);
        registers_script(CALIPTRA_MBOX_DATAOUT, cases[i].data, 3);
        test_case("case %zu", i);
        EXPECT_EQ(mailbox_request(words, 12, 1, 2), cases[i].error);
        EXPECT_EQ(registers_readings(CALIPTRA_MBOX_DATAOUT), cases[i].popped);
        EXPECT_EQ(words[2], cases[i].popped != 0 ? 0xff00 : 0);
        EXPECT_EQ(words[3], 0x77);
    }
}

TEST(an_answer_has_its_sum_and_its_size)
{
    static const struct {
        uint32_t size;
        const char *said;
    } cases[] = {
        {4,  "3002000c=4 30020010=0 3002001c=1 "                        },
        {8,  "3002000c=8 30020010=fffffff6 30020010=1020304 3002001c=1 "},
        {9,
         "3002000c=9 30020010=ffffffec 30020010=1020304 30020010=a "
         "3002001c=1 "                                                  },
        {12,
         "3002000c=c 30020010=ffffffec 30020010=1020304 30020010=a "
         "3002001c=1 "                                                  },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t words[4] = {0x5555, 0x01020304, 10, 99};
        registers_clear();
        mailbox_respond(words, cases[i].size);
        test_case("%u bytes", (unsigned)cases[i].size);
        EXPECT_STR(registers_journal(), cases[i].said);
    }
}

TEST(what_is_offered_waits_for_the_lock)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
    static const uint32_t locked[] = {1, 0xffffffff, 0xfffffffe};
    static const struct {
        uint32_t size;
        const char *said;
    } cases[] = {
        {0, "30020008=77 3002000c=0 30020018=1 "                            },
        {3, "30020008=77 3002000c=3 30020010=30201 30020018=1 "             },
        {4, "30020008=77 3002000c=4 30020010=4030201 30020018=1 "           },
        {5, "30020008=77 3002000c=5 30020010=4030201 30020010=5 30020018=1 "},
        {7,
         "30020008=77 3002000c=7 30020010=4030201 30020010=70605 "
         "30020018=1 "                                                      },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        registers_clear();
        registers_script(CALIPTRA_MBOX_LOCK, locked, 3);
        mailbox_offer(0x77, bytes, cases[i].size);
        test_case("%u bytes", (unsigned)cases[i].size);
        EXPECT_STR(registers_journal(), cases[i].said);
        EXPECT_EQ(registers_readings(CALIPTRA_MBOX_LOCK), 3);
    }
}

/* ---- VERSION ------------------------------------------------------------- */

TEST(the_version_names_hardware_rom_and_firmware)
{
    struct caliptra_version_response response;
    registers_clear();
    registers_set(CALIPTRA_SOC_IFC_HW_REV_ID, 0x11);
    registers_set(CALIPTRA_SOC_IFC_FW_REV_ID, 0x22);
    registers_set(CALIPTRA_SOC_IFC_FW_REV_ID + 4, 0x33);
    memset(&response, 0xee, sizeof(response));
    version_fill(&response);
    EXPECT_EQ(response.mode, 0x46495053);
    EXPECT_EQ(response.fips_rev[0], 0x11);
    EXPECT_EQ(response.fips_rev[1], 0x22);
    EXPECT_EQ(response.fips_rev[2], 0x33);
    EXPECT_BYTES(response.name, "Caliptra RTM", sizeof(response.name));
}

TEST(a_request_for_the_version_is_checked)
{
    static const struct {
        uint32_t size, sum, error;
    } cases[] = {
        {4, 0u - 10, 0},
        {4, 0u - 11, 9},
        {8, 0u - 10, 8},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        registers_clear();
        registers_set(CALIPTRA_MBOX_CMD, 0x01020304);
        registers_set(CALIPTRA_MBOX_DLEN, cases[i].size);
        registers_set(CALIPTRA_MBOX_DATAOUT, cases[i].sum);
        test_case("case %zu", i);
        EXPECT_EQ(version_respond(8, 9), cases[i].error);
        EXPECT_EQ(registers_get(CALIPTRA_MBOX_STATUS), cases[i].error == 0);
        if (cases[i].error == 0) {
            EXPECT_EQ(registers_get(CALIPTRA_MBOX_DLEN),
                      sizeof(struct caliptra_version_response));
        }
    }
}

/* ---- Console ------------------------------------------------------------- */

TEST(the_console_is_a_byte_that_changes_a_bit)
{
    static const uint32_t digest[12] = {0x0123cdef, [11] = 0x89ab4567};
    registers_clear();
    console_text("aa\n");
    EXPECT_STR(registers_journal(), "300300cc=161 300300cc=61 300300cc=10a ");
    console_value("b", 0x9f);
    EXPECT_STR(registers_journal(),
               "300300cc=62 300300cc=120 300300cc=30 300300cc=178 "
               "300300cc=30 300300cc=130 300300cc=30 300300cc=130 "
               "300300cc=30 300300cc=130 300300cc=39 300300cc=166 "
               "300300cc=a ");
    console_digest("", digest);
    const char *said = registers_journal();
    const char *first =
        "300300cc=120 300300cc=30 300300cc=131 300300cc=32 "
        "300300cc=133 300300cc=63 300300cc=164 300300cc=65 "
        "300300cc=166 300300cc=30 ";
    const char *last =
        "300300cc=38 300300cc=139 300300cc=61 300300cc=162 "
        "300300cc=34 300300cc=135 300300cc=36 300300cc=137 "
        "300300cc=a ";
    EXPECT(strncmp(said, first, strlen(first)) == 0);
    EXPECT_STR(said + strlen(said) - strlen(last), last);
}
