/* SPDX-License-Identifier: Apache-2.0 */
/* The debug stub at AArch64 cores, by packets: small programs on the board
 * virt. Registers 32 and 33 are pc and the processor state. */
#include "platform/machine/machine.h"

#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "tests/debugger.h"
#include "tests/harness.h"
#include "tests/machine.h"

/* EL0 and EL1: a call, and an undefined instruction. */
static const uint32_t crosses_levels[] = {
    0x10004000,               /* adr x0, #2048 */
    0xd518c000,               /* msr VBAR_EL1, x0 */
    0x10000080,               /* adr x0, #16 */
    0xd5184020,               /* msr ELR_EL1, x0 */
    0xd518401f,               /* msr SPSR_EL1, xzr */
    0xd69f03e0,               /* eret */
    0xd2800028,               /* mov x8, #1 */
    0xd40000a1,               /* svc #0x5 */
    0xd2800048,               /* mov x8, #2 */
    0x00000000,               /* udf #0 */
    0xd2800068,               /* mov x8, #3 */
    0x14000000,               /* b 0x2c */
    [0xc00 / 4] = 0x91000529, /* add x9, x9, #1 */
    0xd538520a,               /* mrs x10, ESR_EL1 */
    0xd35afd4a,               /* lsr x10, x10, #26 */
    0xf100555f,               /* cmp x10, #21 */
    0x54000080,               /* b.eq 0xc20 */
    0xd538402b,               /* mrs x11, ELR_EL1 */
    0x9100116b,               /* add x11, x11, #4 */
    0xd518402b,               /* msr ELR_EL1, x11 */
    0xd69f03e0,               /* eret */
};

/* The physical timer's interrupt, through a GICv2. */
static const uint32_t takes_interrupts[] = {
    0x10004000,               /* adr x0, #2048 */
    0xd518c000,               /* msr VBAR_EL1, x0 */
    0xd2a10001,               /* mov x1, #134217728 */
    0x52800022,               /* mov w2, #1 */
    0xb9000022,               /* str w2, [x1] */
    0x52a80003,               /* mov w3, #1073741824 */
    0xb9010023,               /* str w3, [x1, #256] */
    0xd2a00024,               /* mov x4, #65536 */
    0x8b040021,               /* add x1, x1, x4 */
    0x52801fe5,               /* mov w5, #255 */
    0xb9000425,               /* str w5, [x1, #4] */
    0xb9000022,               /* str w2, [x1] */
    0xd2800066,               /* mov x6, #3 */
    0xd51be206,               /* msr CNTP_TVAL_EL0, x6 */
    0xd51be222,               /* msr CNTP_CTL_EL0, x2 */
    0xd50342ff,               /* msr DAIFClr, #2 */
    0x91000529,               /* add x9, x9, #1 */
    0x17ffffff,               /* b 0x40 */
    [0xa80 / 4] = 0xd51be23f, /* msr CNTP_CTL_EL0, xzr */
    0xb9400c27,               /* ldr w7, [x1, #12] */
    0xb9001027,               /* str w7, [x1, #16] */
    0x91000508,               /* add x8, x8, #1 */
    0xd69f03e0,               /* eret */
};

/* Translation of 1 GiB blocks; accesses of all shapes at 0x500000. */
static const uint32_t translates[] = {
    0xd2a00600, /* mov x0, #3145728 */
    0xd5181040, /* msr CPACR_EL1, x0 */
    0xd2801fe0, /* mov x0, #255 */
    0xd518a200, /* msr MAIR_EL1, x0 */
    0x580002c0, /* ldr x0, 0x68 */
    0xd5182040, /* msr TCR_EL1, x0 */
    0xd2a80800, /* mov x0, #1077936128 */
    0xd5182000, /* msr TTBR0_EL1, x0 */
    0xd5381000, /* mrs x0, SCTLR_EL1 */
    0xb2400000, /* orr x0, x0, #0x1 */
    0xd5033fdf, /* isb */
    0xd5181000, /* msr SCTLR_EL1, x0 */
    0xd5033fdf, /* isb */
    0xd2a00a01, /* mov x1, #5242880 */
    0xf9400022, /* ldr x2, [x1] */
    0x91000442, /* add x2, x2, #1 */
    0xf9000022, /* str x2, [x1] */
    0xa9018c22, /* stp x2, x3, [x1, #24] */
    0xa9429424, /* ldp x4, x5, [x1, #40] */
    0xc85f7c26, /* ldxr x6, [x1] */
    0xc8077c26, /* stxr w7, x6, [x1] */
    0x3c83c020, /* stur q0, [x1, #60] */
    0x3dc01c21, /* ldr q1, [x1, #112] */
    0x39420423, /* ldrb w3, [x1, #129] */
    0x17fffff6, /* b 0x38 */
    0xd503201f, /* nop */
    0x00803519, /*  */
    0x00000002, /*  */
};

/* EL2, EL1 and the firmware. */
static const uint32_t calls_up[] = {
    0xd2b00000,               /* mov x0, #2147483648 */
    0xd51c1100,               /* msr HCR_EL2, x0 */
    0x10003fc0,               /* adr x0, #2040 */
    0xd51cc000,               /* msr VBAR_EL2, x0 */
    0x100000a0,               /* adr x0, #20 */
    0xd51c4020,               /* msr ELR_EL2, x0 */
    0xd28078a0,               /* mov x0, #965 */
    0xd51c4000,               /* msr SPSR_EL2, x0 */
    0xd69f03e0,               /* eret */
    0xd4000022,               /* hvc #0x1 */
    0xd2b08000,               /* mov x0, #2214592512 */
    0xd4000003,               /* smc #0 */
    0x14000000,               /* b 0x30 */
    [0xc00 / 4] = 0xd28000e9, /* mov x9, #7 */
    0xd69f03e0,               /* eret */
};

static bool open_virt(struct session *session, const uint32_t *program,
                      size_t size, struct cairn_guest guest)
{
    guest.kernel = (struct cairn_image){"program", program, size};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "virt",
                                          .seed = 1,
                                          .guest = &guest};
    struct cairn_machine *machine = NULL;
    if (cairn_create(&options, &machine, NULL) != 0) {
        return false;
    }
    cairn_power(machine);
    return open_session_with(session, machine, NULL);
}

static const char stop[] = "T05thread:1;";
static const char at_begin[] = "T05replaylog:begin;thread:1;";
static const char at_end[] = "T05replaylog:end;thread:1;";

/* The offset of pc in the program, and the level. */
static void expect_at(struct session *session, unsigned offset, unsigned level)
{
    char text[24];
    uint64_t pc = 0;
    uint32_t pstate = 0;
    say_packet(session, "p20");
    hear_packet(session, text, sizeof(text));
    text[17] = '\0';
    EXPECT(gdb_hex_bytes(text + 1, &pc, 8));
    say(session, "+");
    say_packet(session, "p21");
    hear_packet(session, text, sizeof(text));
    text[9] = '\0';
    EXPECT(gdb_hex_bytes(text + 1, &pstate, 4));
    say(session, "+");
    EXPECT_EQ(pc, 0x40200000 + offset);
    EXPECT_EQ(pstate >> 2 & 3, level);
}

TEST(steps_cross_levels_and_go_back_over_them)
{
    static const struct {
        unsigned offset;
        unsigned level;
    } way[] = {
        {0x14,  1},
        {0x18,  0},
        {0x1c,  0}, /* the call goes to its vector */
        {0xc00, 1},
        {0xc04, 1},
        {0xc08, 1},
        {0xc0c, 1},
        {0xc10, 1},
        {0xc20, 1},
        {0x20,  0},
        {0x24,  0}, /* so does what is undefined */
        {0xc00, 1},
        {0xc04, 1},
    };
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_virt(&session, crosses_levels, sizeof(crosses_levels), guest));
    for (unsigned i = 0; i < 5; i++) {
        command(&session, "s", stop);
    }
    for (size_t i = 0; i < ARRAY_SIZE(way); i++) {
        test_case("step %zu", i);
        expect_at(&session, way[i].offset, way[i].level);
        command(&session, "s", stop);
    }
    for (size_t i = ARRAY_SIZE(way); i-- > 0;) {
        command(&session, "bs", stop);
        test_case("step %zu back", i);
        expect_at(&session, way[i].offset, way[i].level);
    }
    command(&session, "c", at_end);
    expect_at(&session, 0xc08, 1);
}

TEST(steps_cross_to_a_hypervisor_and_over_a_firmware_call)
{
    static const struct {
        unsigned offset;
        unsigned level;
    } way[] = {
        {0x20,  2},
        {0x24,  1},
        {0xc00, 2},
        {0xc04, 2},
        {0x28,  1},
        {0x2c,  1},
        {0x30,  1},
    };
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest), .cpus = 1, .virtualization = true};
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_virt(&session, calls_up, sizeof(calls_up), guest));
    for (unsigned i = 0; i < 8; i++) {
        command(&session, "s", stop);
    }
    for (size_t i = 0; i < ARRAY_SIZE(way); i++) {
        test_case("step %zu", i);
        expect_at(&session, way[i].offset, way[i].level);
        command(&session, "s", stop);
    }
    command(&session, "p0", "0100010000000000"); /* PSCI 1.1 */
    for (size_t i = ARRAY_SIZE(way); i-- > 0;) {
        command(&session, "bs", stop);
        test_case("step %zu back", i);
        expect_at(&session, way[i].offset, way[i].level);
    }
}

TEST(an_interrupt_is_taken_between_steps)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    struct session session = {.fd = -1};
    char text[64] = "";
    REQUIRE(
        open_virt(&session, takes_interrupts, sizeof(takes_interrupts), guest));
    unsigned steps = 0;
    do {
        command(&session, "s", stop);
        say_packet(&session, "p20");
        hear_packet(&session, text, sizeof(text));
        say(&session, "+");
        steps++;
    } while (strncmp(text, "$800a2040", 9) != 0 && steps < 2000);
    EXPECT(steps > 20 && steps < 2000);
    expect_at(&session, 0xa80, 1);
    command(&session, "bs", stop);
    say_packet(&session, "p20");
    hear_packet(&session, text, sizeof(text));
    say(&session, "+");
    EXPECT(strncmp(text, "$3c002040", 9) == 0 ||
           strncmp(text, "$40002040", 9) == 0);
    command(&session, "s", stop);
    expect_at(&session, 0xa80, 1);
    for (unsigned i = 0; i < 5; i++) {
        command(&session, "s", stop);
    }
    command(&session, "p8", "0100000000000000");
    for (unsigned i = 0; i < 5; i++) {
        command(&session, "bs", stop);
    }
    expect_at(&session, 0xa80, 1);
    /* Runs are the same, stepped or not. */
    command(&session, "c", at_end);
    uint64_t stepped = cairn_state_hash(session.machine);
    uint64_t retired = cairn_instructions(session.machine, NULL);
    close_session(&session);
    REQUIRE(
        open_virt(&session, takes_interrupts, sizeof(takes_interrupts), guest));
    end_session(&session);
    run_instructions(session.machine, retired);
    EXPECT_EQ(cairn_state_hash(session.machine), stepped);
    cairn_destroy(session.machine);
}

/* A packet that a debugger sends, and what it is answered. */
struct exchange {
    const char *packet;
    const char *answer;
};

static void converse(struct session *session, const struct exchange *talk,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        command(session, talk[i].packet, talk[i].answer);
    }
}

/* Both GiB show memory. */
static void map_memory(struct session *session)
{
    command(session, "M40400000,10:01070040000000000107004000000000", "OK");
}

TEST(memory_is_what_the_core_sees_unless_it_is_physical)
{
    static const struct exchange translated[] = {
        {"m500000,4",            "ffffffff"        }, /* flash */
        {"Z1,40200038,4",        "OK"              },
        {"c",                    stop              },
        {"M500100,4:11223344",   "OK"              },
        {"X500104,4:abcd",       "OK"              },
        {"m40500100,8",          "1122334461626364"},
        {"M401ffffe,4:a1a2a3a4", "OK"              },
        {"m1ffffe,4",            "a1a2a3a4"        },
        {"m80000000,4",          "E0e"             },
    };
    static const struct exchange physical[] = {
        {"m500100,4",      "ffffffff"},
        {"m40500100,4",    "11223344"},
        {"M40500100,1:55", "OK"      },
    };
    static const struct exchange back[] = {
        {"m500100,4",   "55223344"},
        {"bc",          at_begin  },
        {"m500100,4",   "ffffffff"},
        {"m40500100,4", "00000000"},
    };
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    OWNED(close_session) struct session session = {.fd = -1};
    char text[256];
    REQUIRE(open_virt(&session, translates, sizeof(translates), guest));
    map_memory(&session);
    converse(&session, translated, ARRAY_SIZE(translated));
    say_packet(&session, "qRcmd,706879736963616c"); /* physical */
    EXPECT(strlen(hear_packet(&session, text, sizeof(text))) > 10);
    say(&session, "+");
    converse(&session, physical, ARRAY_SIZE(physical));
    say_packet(&session, "qRcmd,7669727475616c"); /* virtual */
    hear_packet(&session, text, sizeof(text));
    say(&session, "+");
    converse(&session, back, ARRAY_SIZE(back));
}

TEST(accesses_of_all_shapes_meet_watchpoints)
{
    static const struct {
        const char *what;
        const char *watch;
        const char *met;
        unsigned offset; /* after the access */
    } cases[] = {
        {"ldr",                    "3,500004,1", "T05rwatch:500004;thread:1;", 0x3c},
        {"str",                    "2,500000,8", "T05watch:500000;thread:1;",  0x44},
        {"stp's second",           "2,500020,8", "T05watch:500020;thread:1;",  0x48},
        {"ldp's second",           "4,500034,4", "T05awatch:500034;thread:1;", 0x4c},
        {"stur of 16, misaligned", "2,500048,1", "T05watch:500048;thread:1;",
         0x58                                                                      },
        {"ldr of 16",              "3,500078,8", "T05rwatch:500078;thread:1;", 0x5c},
        {"ldrb",                   "4,500081,1", "T05awatch:500081;thread:1;", 0x60},
    };
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(close_session) struct session session = {.fd = -1};
        char packet[32];
        REQUIRE(open_virt(&session, translates, sizeof(translates), guest));
        map_memory(&session);
        snprintf(packet, sizeof(packet), "Z%s", cases[i].watch);
        command(&session, packet, "OK");
        command(&session, "c", cases[i].met);
        test_case("%s", cases[i].what);
        expect_at(&session, cases[i].offset, 1);
        command(&session, "bc", cases[i].met);
        command(&session, "bs", stop);
        test_case("%s, back", cases[i].what);
        expect_at(&session, cases[i].offset - 4, 1);
        command(&session, "bc", at_begin);
        command(&session, "c", cases[i].met);
        packet[0] = 'z';
        command(&session, packet, "OK");
        command(&session, packet, "E02");
    }
}

TEST(a_watchpoint_hears_only_of_its_kind)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_virt(&session, translates, sizeof(translates), guest));
    map_memory(&session);
    command(&session, "Z2,500081,1", "OK"); /* is only read */
    command(&session, "Z3,500018,8", "OK"); /* is only written */
    command(&session, "Z1,40200060,4", "OK");
    command(&session, "c", stop);
    expect_at(&session, 0x60, 1);
    command(&session, "c", stop);
    expect_at(&session, 0x60, 1);
}

static size_t count(const char *text, const char *part)
{
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
        found++;
    }
    return found;
}

TEST(the_target_is_described_as_gdb_knows_it)
{
    static const struct {
        const char *part;
        size_t times;
    } parts[] = {
        {"<architecture>aarch64</architecture>",                              1 },
        {"<feature name=\"org.gnu.gdb.aarch64.core\">",                       1 },
        {"<feature name=\"org.gnu.gdb.aarch64.fpu\">",                        1 },
        {"<reg name=\"v31\" bitsize=\"128\" regnum=\"65\" type=\"aarch64v\"",
         1                                                                      },
        {"<reg name=\"fpcr\" bitsize=\"32\" regnum=\"67\"",                   1 },
        {"<reg name=\"ESR_EL1\" bitsize=\"64\"",                              1 },
        {"type=\"aarch64v\"",                                                 32},
        {"<feature ",                                                         3 },
        {"</feature>",                                                        3 },
        {"v0_low",                                                            0 },
    };
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 2};
    struct session session = {.fd = -1};
    OWNED(buffer_fini) struct buffer all = {0};
    OWNED(free_at) char *text = xcalloc(1, GDB_PACKET_MAX + 64);
    REQUIRE(open_virt(&session, crosses_levels, sizeof(crosses_levels), guest));
    do {
        char packet[64];
        snprintf(packet, sizeof(packet),
                 "qXfer:features:read:target.xml:%zx,1000", all.size);
        say_packet(&session, packet);
        hear_packet(&session, text, GDB_PACKET_MAX + 64);
        say(&session, "+");
        buffer_append(&all, text + 2, strlen(text) - 5);
    } while (text[1] == 'm');
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        test_case("%s", parts[i].part);
        EXPECT_EQ(count(buffer_text(&all), parts[i].part), parts[i].times);
    }
    command(&session, "P22=000102030405060708090a0b0c0d0e0f", "OK");
    command(&session, "p22", "000102030405060708090a0b0c0d0e0f");
    command(&session, "P22=0001020304050607", "E16");
    uint64_t half = 0;
    cairn_register_get(session.machine, "cpu0", "v0_high", &half);
    EXPECT_EQ(half, 0x0f0e0d0c0b0a0908);
    EXPECT_EQ(cairn_register_get(session.machine, "cpu0", "v0", &half),
              -EOVERFLOW);
    command(&session, "P43=000000ff", "OK");
    close_session(&session);
}

TEST(cores_are_threads_and_those_that_are_off_stay)
{
    static const struct exchange talk[] = {
        {"qfThreadInfo",        "m1,2,3"                      },
        {"qThreadExtraInfo,1",  "63707530202872756e6e696e6729"},
        {"qThreadExtraInfo,3",  "6370753220286f666629"        },
        {"Hg3",                 "OK"                          },
        {"p20",                 "0000000000000000"            },
        {"P0=7700000000000000", "OK"                          },
        {"Hg1",                 "OK"                          },
        {"p0",                  "0000004800000000"            },
        {"vCont;s:3",           "T05thread:3;"                },
        {"p0",                  "7700000000000000"            },
        {"vCont;s:1;c",         stop                          },
        {"Hc1",                 "OK"                          },
        {"Hg1",                 "OK"                          },
    };
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 3};
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_virt(&session, crosses_levels, sizeof(crosses_levels), guest));
    converse(&session, talk, ARRAY_SIZE(talk));
    expect_at(&session, 4, 1);
    command(&session, "vCont;s:4", "E16");
}

TEST(a_debugger_that_comes_again_finds_the_machine_as_it_was)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    OWNED(close_session) struct session session = {.fd = -1};
    REQUIRE(open_virt(&session, crosses_levels, sizeof(crosses_levels), guest));
    command(&session, "Z1,40200018,4", "OK");
    command(&session, "c", stop);
    say_packet(&session, "D");
    char text[16];
    EXPECT_STR(hear_packet(&session, text, sizeof(text)), "$OK#9a");
    end_session(&session);
    REQUIRE(open_session_with(&session, session.machine, NULL));
    command(&session, "?", stop);
    expect_at(&session, 0x18, 0);
    command(&session, "s", stop);
    expect_at(&session, 0x1c, 0);
    command(&session, "bs", stop);
    expect_at(&session, 0x18, 0);
    command(&session, "bs", at_begin);
}
