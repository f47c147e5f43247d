/* SPDX-License-Identifier: Apache-2.0 */
/* A root of trust that says it is ready and then answers badly, by a ROM of a
 * few instructions: there is no evidence, and the words say why. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

OWN_PATH(code_path, "", "rom")
OWN_PATH(evidence_path, "", "evidence")

/* Is ready, then waits for a command. */
static const uint32_t head[] = {
    0x300302b7, /* lui t0, 0x30030 */
    0x30000337, /* lui t1, 0x30000 */
    0x0262ae23, /* sw t1, 0x3c(t0): ready for firmware and for commands */
    0x300203b7, /* lui t2, 0x30020 */
    0x01c3a503, /* 1: lw a0, 0x1c(t2): the mailbox's status */
    0x1c057513, /* andi a0, a0, 0x1c0 */
    0x18000593, /* li a1, 0x180: a command is there */
    0xfeb51ae3, /* bne a0, a1, 1b */
};
enum { LOOP = 4 }; /* the word at 1 */

#define LI_A0(value) (0x513u | ((uint32_t)(value)&0xfff) << 20)
#define LUI_A0_1     0x00001537
#define LUI_A0_2     0x00002537
#define ADD_A0_1     0x00150513 /* addi a0, a0, 1 */
#define SET_ERROR    0x00a2a623 /* sw a0, 0xc(t0) */
#define SET_LENGTH   0x00a3a623 /* sw a0, 0xc(t2) */
#define PUT_WORD     0x00a3a823 /* sw a0, 0x10(t2) */
#define SET_STATUS   0x00a3ae23 /* sw a0, 0x1c(t2) */
#define WFI          0x10500073
#define BACK         0xffdff06f /* j to the instruction before */
#define HERE         0x0000006f
#define NEXT         0 /* j to 1 */
/* A response with a checksum, a status of FIPS, and a word. */
#define ANSWER(length, word)                                                   \
    LI_A0(length), SET_LENGTH, LI_A0(-(word)), PUT_WORD, LI_A0(0), PUT_WORD,   \
        LI_A0(word), PUT_WORD, LI_A0(1), SET_STATUS, NEXT

enum { WORDS = 12 };

static void write_rom(const uint32_t *then)
{
    OWNED(buffer_fini) struct buffer code = {0};

    buffer_append(&code, head, sizeof(head));
    for (size_t i = 0; i < WORDS; i++) {
        const uint32_t back =
            (uint32_t)(LOOP - (int)(ARRAY_SIZE(head) + i)) * 4;
        buffer_append_le32(
            &code, then[i] != NEXT
                       ? then[i]
                       : 0x6f | (back & 0x7fe) << 20 | (back & 0x800) << 9 |
                             (back & 0xff000) | (back & 1u << 20) << 11);
    }
    EXPECT_EQ(file_write(code_path, code.bytes, code.size, NULL), 0);
}

TEST(answers_that_are_none_are_no_evidence)
{
    static const struct {
        uint32_t then[WORDS];
        const char *words;
    } rows[] = {
        {{HERE},                                                       "GET_RT_ALIAS_CERT: no answer in time"                 },
        {{WFI, BACK},                                                  "GET_RT_ALIAS_CERT: no answer, and all processors wait"},
        {{LUI_A0_1, SET_ERROR, LI_A0(3), SET_STATUS, NEXT},
         "GET_RT_ALIAS_CERT: refused with error 0x00001000"                                                                   },
        {{ANSWER(8, 0)},                                               "GET_RT_ALIAS_CERT: the answer is cut short"           },
        {{ANSWER(12, 1)},                                              "GET_RT_ALIAS_CERT: the answer is cut short"           },
        {{LUI_A0_2, SET_LENGTH, LI_A0(1), SET_STATUS, NEXT},
         "GET_IDEV_INFO: the answer has a wrong size"                                                                         },
        {{LUI_A0_2, ADD_A0_1, SET_LENGTH, LI_A0(1), SET_STATUS, NEXT},
         "GET_RT_ALIAS_CERT: a response of 8193 bytes, the limit is 8192"                                                     },
        {{ANSWER(12, 0)},                                              "GET_IDEV_INFO: the answer has a wrong size"           },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options;
        struct session_outcome outcome = {0};
        struct session_error error = {0};
        struct session *session = NULL;

        test_case("%s", rows[i].words);
        write_rom(rows[i].then);
        session_options_init(&options);
        options.board = "caliptra-1.1";
        options.rom = code_path;
        options.until = "firmware-ready";
        options.quote = evidence_path;
        if (session_open(&options, NULL, &session, &error) == 0 &&
            session_load(session, &error) == 0 &&
            session_build(session, &error) == 0 &&
            session_make_files(session, &error) == 0) {
            EXPECT_EQ(session_run(session, &outcome), 0);
        }
        EXPECT_STR(error.text, "");
        EXPECT(outcome.evidence_code < 0 && !outcome.reached);
        EXPECT_STR(outcome.evidence_text, rows[i].words);
        EXPECT(strstr(outcome.text, rows[i].words) != NULL);
        EXPECT(access(evidence_path, F_OK) != 0);
        session_close(session);
    }
    unlink(code_path);
}
