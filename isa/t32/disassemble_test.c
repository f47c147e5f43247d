/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder and the disassembler of T16 and T32: against GNU objdump where it
 * is installed, against a search of all encodings, and by vectors of ours.
 * CAIRN_T32_TURNS=N compares N encodings of each form with objdump.
 */
#include "isa/t32/disassemble.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "isa/t32/tables.h"
#include "tests/harness.h"

enum { TURNS = 60, SHORTS = 0xe800 };

static uint32_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

static bool is_long(unsigned form)
{
    return t32_patterns[form].match > 0xffff;
}

/* Random fields for a form. */
static uint32_t encoding_of(unsigned form, uint64_t *state)
{
    const struct t32_pattern *pattern = &t32_patterns[form];
    const uint32_t word = next(state) & (is_long(form) ? UINT32_MAX : 0xffff);

    return (word & ~pattern->mask) | pattern->match;
}

TEST(instructions_have_the_text_of_ual)
{
    static const struct {
        uint32_t encoding;
        unsigned condition;
        const char *text;
    } cases[] = {
        {0x0088,     T32_ALWAYS, "lsls r0, r1, #2"             },
        {0x0088,     0,          "lsleq r0, r1, #2"            },
        {0x4240,     T32_ALWAYS, "negs r0, r0"                 },
        {0xb510,     T32_ALWAYS, "push {r4, lr}"               },
        {0xbd10,     T32_ALWAYS, "pop {r4, pc}"                },
        {0xbf1e,     T32_ALWAYS, "ittt ne"                     },
        {0xbf0c,     T32_ALWAYS, "ite eq"                      },
        {0xd0fe,     T32_ALWAYS, "beq.n 0x1000"                },
        {0xe7fe,     T32_ALWAYS, "b.n 0x1000"                  },
        {0xb672,     T32_ALWAYS, "cpsid i"                     },
        {0x4774,     T32_ALWAYS, "bxns lr"                     },
        {0xe97fe97f, T32_ALWAYS, "sg"                          },
        {0xe841f2c0, T32_ALWAYS, "ttat r2, r1"                 },
        {0xf7ffffff, T32_ALWAYS, "bl 0x1002"                   },
        {0xf3ef8010, T32_ALWAYS, "mrs r0, PRIMASK"             },
        {0xf3808814, T32_ALWAYS, "msr CONTROL, r0"             },
        {0xf3bf8f4f, T32_ALWAYS, "dsb sy"                      },
        {0xf24120ab, T32_ALWAYS, "movw r0, #4779"              },
        {0xf0514000, T32_ALWAYS, "orrs.w r0, r1, #2147483648"  },
        {0xfb90f0f1, T32_ALWAYS, "sdiv r0, r0, r1"             },
        {0xfb10f021, T32_ALWAYS, "smultb r0, r0, r1"           },
        {0xfa80f081, T32_ALWAYS, "qadd r0, r1, r0"             },
        {0xf8510b04, T32_ALWAYS, "ldr.w r0, [r1], #4"          },
        {0xf8410d04, T32_ALWAYS, "str.w r0, [r1, #-4]!"        },
        {0xf85f0004, T32_ALWAYS, "ldr.w r0, [pc, #-4]"         },
        {0xee300a81, T32_ALWAYS, "vadd.f32 s0, s1, s2"         },
        {0xee310b02, 12,         "vaddgt.f64 d0, d1, d2"       },
        {0xeeb70a00, T32_ALWAYS, "vmov.f32 s0, #1.00000000e+00"},
        {0xed2d8b04, T32_ALWAYS, "vpush {d8-d9}"               },
        {0xeef1fa10, T32_ALWAYS, "vmrs APSR_nzcv, fpscr"       },
        {0xec200a00, T32_ALWAYS, "vlstm r0"                    },
        {0xba80,     T32_ALWAYS, ".inst.n 0xba80"              },
    };
    OWNED(buffer_fini) struct buffer text = {0};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct t32_insn insn;

        test_case("0x%x", cases[i].encoding);
        buffer_clear(&text);
        t32_decode(cases[i].encoding, cases[i].condition != T32_ALWAYS, &insn);
        t32_disassemble(&insn, cases[i].condition, gva(0x1000), &text);
        EXPECT_STR(buffer_text(&text), cases[i].text);
    }
}

/* The flags of T16 are those of its IT block, the carry that of a rotated
 * immediate (DDI 0403E, A5.2.1 and A5.3.2). */
TEST(flags_and_carry_are_decoded)
{
    struct t32_insn insn;

    EXPECT(t32_decode(0x1840, false, &insn));
    EXPECT(insn.setflags);
    EXPECT(t32_decode(0x1840, true, &insn));
    EXPECT(!insn.setflags);
    EXPECT(t32_decode(0x4288, true, &insn)); /* cmp */
    EXPECT(insn.setflags);
    EXPECT(t32_decode(0xf0514000, false, &insn)); /* orrs, 0x80000000 */
    EXPECT_EQ(insn.carry, T32_CARRY_SET);
    EXPECT(t32_decode(0xf0516000, false, &insn)); /* 0x08000000 */
    EXPECT_EQ(insn.carry, T32_CARRY_CLEAR);
    EXPECT(t32_decode(0xf05100ff, false, &insn));
    EXPECT_EQ(insn.carry, T32_CARRY_SAME);
    EXPECT_EQ(insn.imm, 0xff);
    EXPECT(t32_decode(0xf1114000, false, &insn)); /* adds */
    EXPECT_EQ(insn.carry, T32_CARRY_SAME);
}

TEST(cores_refuse_what_they_lack)
{
    struct t32_insn insn;

    EXPECT(t32_decode(0xee310b02, false, &insn)); /* vadd.f64 */
    EXPECT(!t32_available(&insn, T32_V6M | T32_V7M | T32_FP_SP));
    EXPECT(t32_available(&insn, T32_V7M | T32_FP_DP));
    EXPECT(t32_decode(0xbf08, false, &insn)); /* it eq */
    EXPECT(!t32_available(&insn, T32_V6M | T32_V7M_BASE | T32_V8M_BASE));
    EXPECT_EQ(t32_coprocessor(0xee310b02), 11);
    EXPECT_EQ(t32_coprocessor(0xe97fe97f), T32_COPROCESSORS);
}

/* ---- The tables behind the decoder --------------------------------------- */

static bool is_of(unsigned form, uint32_t word)
{
    const struct t32_pattern *pattern = &t32_patterns[form];
    const struct t32_cube *except = &t32_exceptions[pattern->except];
    bool is = (word & pattern->mask) == pattern->match;

    for (; except->mask != 0; except++) {
        is = is && (word & except->mask) != except->match;
    }
    return is;
}

/* By looking at all of the encodings; coprocessors are the last choice. */
static unsigned search(uint32_t word)
{
    unsigned found = T32_FORM_NONE;

    for (unsigned form = 1; form < T32_FORMS; form++) {
        bool under = t32_patterns[form].row == T32_ROW_COPROCESSOR;

        if (is_long(form) == (word > 0xffff) && is_of(form, word) &&
            (found == T32_FORM_NONE || !under)) {
            found = form;
        }
    }
    return found;
}

/* Also where one bit is wrong. */
TEST(the_tables_find_what_a_search_of_all_encodings_finds)
{
    uint64_t state = 7;

    for (unsigned i = 20; i < T32_FORMS * 20; i++) {
        uint32_t word = encoding_of(i / 20, &state);
        struct t32_insn insn;

        word ^= i % 3 == 0 ? 1u << next(&state) % (word > 0xffff ? 29 : 13) : 0;
        if (word > 0xffff ? word < 0xe8000000 : word >= SHORTS) {
            continue;
        }
        test_case("%08x", word);
        bool known = t32_decode(word, false, &insn);
        EXPECT_EQ(insn.encoding, word);
        EXPECT_EQ(insn.length, word > 0xffff ? 4 : 2);
        if (known) {
            EXPECT_EQ(insn.form, search(word));
            EXPECT_EQ(insn.row, t32_patterns[insn.form].row);
        } else {
            EXPECT_EQ(insn.row, T32_UNDEFINED);
        }
    }
}

/* ---- objdump ------------------------------------------------------------ */

#define OBJDUMP                                                                \
    "arm-none-eabi-objdump -D -b binary -m armv8-m.main -M force-thumb"

/* False for what objdump spells so that it cannot be compared: IT, whose
 * conditions it gives to what follows; immediates of VMOV, which it leaves as
 * they are; lists of an odd number of words and offsets of -0, which it shows
 * as others; hints for memory that are not allocated; registers of A-profile;
 * and one register of two where both have to be the same. Options of barriers
 * that A-profile has; push.w and pop.w, which are stmdb and ldmia to it. */
static bool comparable(const struct t32_insn *insn, const char *text)
{
    switch (insn->row) {
    case T32_UNDEFINED:
    case T32_ROW_IT:
    case T32_ROW_NOP:
    case T32_ROW_COPROCESSOR:
    case T32_ROW_VMOV_IMMEDIATE:
    case T32_ROW_MRS:
    case T32_ROW_MSR:
        return false;
    case T32_ROW_REV:
    case T32_ROW_REV16:
    case T32_ROW_REVSH:
    case T32_ROW_RBIT:
    case T32_ROW_CLZ:
        return insn->length == 2;
    case T32_ROW_DSB:
    case T32_ROW_DMB:
    case T32_ROW_ISB:
        return strchr(text, '#') == NULL;
    case T32_ROW_LDM:
    case T32_ROW_STMDB:
        return insn->length == 2 || insn->rn != 13 || !insn->wback;
    case T32_ROW_VLDM:
    case T32_ROW_VSTM:
        return !insn->dp || insn->imm % 8 == 0;
    case T32_ROW_LDRD_LITERAL:
        return insn->imm != 0;
    case T32_ROW_PRELOAD:
        return strncmp(text, "nop", 3) != 0 && strstr(text, "[pc]") == NULL;
    case T32_ROW_CPSIE:
    case T32_ROW_CPSID:
        return insn->imm != 0;
    case T32_ROW_MOV_REGISTER:
        return insn->encoding != 0x46c0;
    case T32_ROW_LDRB_LITERAL:
    case T32_ROW_LDRH_LITERAL:
    case T32_ROW_LDRSB_LITERAL:
    case T32_ROW_LDRSH_LITERAL:
    case T32_ROW_LDR_LITERAL: /* some with -, it takes for unprivileged ones */
        return insn->length == 2 || (insn->encoding >> 23 & 1) != 0 ||
               ((insn->encoding >> 8 & 15) != 14 && insn->imm != 0);
    default:
        return insn->length == 2 || strstr(text, "#0]!") == NULL;
    }
}

/* Up to its comment, tabs and runs of spaces as one. */
static void normalise(const char *text, char *out, size_t size)
{
    size_t length = 0;

    for (; *text != '\0' && *text != '@' && *text != ';' && *text != '\n';
         text++) {
        bool space = isspace((unsigned char)*text) != 0;

        if (length + 1 < size &&
            !(space && (length == 0 || out[length - 1] == ' '))) {
            out[length++] = space ? ' ' : *text;
        }
    }
    while (length > 0 && out[length - 1] == ' ') {
        length--;
    }
    out[length] = '\0';
}

/* Writes what can be compared, and our text of it at the address it has. */
static void add(uint32_t word, FILE *input, uint32_t *address,
                struct buffer *expected)
{
    OWNED(buffer_fini) struct buffer text = {0};
    struct t32_insn insn;

    if (t32_decode(word, false, &insn)) {
        t32_disassemble(&insn, T32_ALWAYS, gva(*address), &text);
        if (comparable(&insn, buffer_text(&text)) &&
            strstr(buffer_text(&text), "#-0") == NULL) {
            const uint8_t bytes[4] = {
                (uint8_t)(word >> (insn.length == 4 ? 16 : 0)),
                (uint8_t)(word >> (insn.length == 4 ? 24 : 8)),
                (uint8_t)word,
                (uint8_t)(word >> 8),
            };

            fwrite(bytes, 1, insn.length, input);
            *address += insn.length;
            buffer_print(expected, "%s\n", buffer_text(&text));
        }
    }
}

static void compare(const char *path, const struct buffer *expected)
{
    char command[256];
    char line[512];
    char theirs[512];
    const char *ours = buffer_text(expected);
    unsigned differences = 0;

    snprintf(command, sizeof(command), OBJDUMP " %s", path);
    FILE *pipe = popen(command, "r");
    REQUIRE(pipe != NULL);
    while (fgets(line, sizeof(line), pipe) != NULL) {
        const char *text = strchr(line, ':');

        text = text != NULL && text[1] == '\t' ? strchr(text + 2, '\t') : NULL;
        if (text != NULL) {
            size_t length = strcspn(ours, "\n");

            normalise(text, theirs, sizeof(theirs));
            if ((strlen(theirs) != length ||
                 strncmp(theirs, ours, length) != 0) &&
                differences++ < 20) {
                fprintf(stderr, "objdump: %sours:    %.*s\n", line, (int)length,
                        ours);
            }
            ours += length + (ours[length] == '\n');
        }
    }
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_EQ(differences, 0);
    EXPECT_STR(ours, "");
}

/* All of T16, and each form of T32 with random fields. */
TEST(the_text_is_that_of_objdump)
{
    char path[] = "/tmp/cairn-t32-XXXXXX";
    const unsigned long turns = test_number("CAIRN_T32_TURNS", TURNS);
    OWNED(buffer_fini) struct buffer expected = {0};
    uint32_t address = 0;
    uint64_t state = 1;

    if (system("command -v arm-none-eabi-objdump >/dev/null 2>&1") != 0) {
        SKIP("arm-none-eabi-objdump is not installed");
    }
    FILE *input = fdopen(mkstemp(path), "w");
    REQUIRE(input != NULL);
    for (uint32_t word = 0; word < SHORTS; word++) {
        add(word, input, &address, &expected);
    }
    for (unsigned form = 1; form < T32_FORMS; form++) {
        for (unsigned long i = 0; i < turns && is_long(form); i++) {
            add(encoding_of(form, &state), input, &address, &expected);
        }
    }
    fclose(input);
    compare(path, &expected);
    unlink(path);
}
