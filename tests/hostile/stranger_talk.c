/* SPDX-License-Identifier: Apache-2.0 */
/* Words of strangers while a machine runs: a debugger's packets, an agent's
 * script. */
#include <string.h>

#include "platform/debug/gdb_packet.h"
#include "tests/hostile/stranger_parts.h"

bool stranger_make_packets(struct stranger *stranger)
{
    static const char *const packets[] = {
        "?",
        "g",
        "G00",
        "m0,100",
        "m40000000,ffff",
        "M0,4:00000000",
        "X0,2:ab",
        "vCont;s:1",
        "vCont;c",
        "s",
        "c",
        "bs",
        "bc",
        "Z0,0,2",
        "Z2,40000000,8",
        "z0,0,2",
        "p0",
        "p20",
        "P20=00000000",
        "Hg0",
        "Hc-1",
        "T1",
        "D",
        "k",
        "R",
        "vKill;1",
        "qSupported:xmlRegisters=i386",
        "qXfer:features:read:target.xml:0,ffff",
        "qXfer:features:read:../../canary/secret:0,ffff",
        "qXfer:exec-file:read::0,fff",
        "vFile:open:2f6574632f706173737764,0,0",
        "qRcmd,68656c70",
        "qRcmd,6669726d77617265202f6574632f706173737764",
        "qfThreadInfo",
        "qsThreadInfo",
        "qAttached",
        "QStartNoAckMode",
        "mffffffffffffffff,ffffffffffffffff",
        "vRun;2f62696e2f7368",
    };
    uint64_t count = 1 + stranger_draw(stranger, 30);
    for (uint64_t i = 0; i < count; i++) {
        struct buffer packet = {0};
        const char *text = DRAW(stranger, packets);
        buffer_append(&packet, text, strlen(text));
        if (stranger_draw(stranger, 3) == 0) {
            stranger_spoil(stranger, &packet);
        }
        if (stranger_draw(stranger, 8)) {
            gdb_packet_wrap(&stranger->wire, packet.bytes, packet.size);
        } else {
            buffer_append(&stranger->wire, packet.bytes, packet.size);
        }
        if (stranger_draw(stranger, 4) == 0) {
            buffer_append(&stranger->wire, "\x03", 1);
        }
        buffer_fini(&packet);
    }
    stranger_say(stranger, "run");
    stranger_say(stranger, "--gdb=unix:out/socket");
    stranger_say(stranger, "--reverse-memory=%uM",
                 (unsigned)stranger_draw(stranger, 3));
    stranger_say(stranger, "--max-instructions=%u",
                 1000 + (unsigned)stranger_draw(stranger, 30000));
    return true;
}

static void add_line(struct stranger *stranger, struct buffer *text)
{
    static const char *const lines[] = {
        "power",
        "line soc_ifc.cptra_pwrgood 1",
        "line soc_ifc.cptra_rst_b 1",
        "wait soc_ifc.ready_for_fuses within 1000",
        "run 1000 instructions",
        "read 0x30030000 -> X",
        "write 0x30030008 1 2 3",
        "poll 0x3003003c 0xffffffff 1 within 100000",
        "set A ${A}${A}${A}${A}",
        "set A aaaaaaaaaaaaaaaa",
        "default B 5",
        "if A set A ${A}${A}",
        "unless Z stop",
        "user 0xffffffff",
        "trng external seed 5",
        "reset warm",
        "until cpu 0x100 within 1000",
        "fuse uds_seed 1 2 3",
        "expect 0x30030000 0",
        "refuse 0x0",
        "fuses @",
        "firmware firmware.bundle",
        "require A 1",
        "if-is A 1 stop",
    };
    static const char *const readers[] = {
        "fuses %s\n",
        "fuses-for %s\n",
        "firmware %s\n",
        "fuse uds_seed @%s\n",
        "mailbox FWLD @%s -> expect failure\n",
    };
    char name[256];
    if (stranger_draw(stranger, 4) == 0) {
        const char *line = DRAW(stranger, readers);
        const char *gap = strstr(line, "%s");
        stranger_name_canary(stranger, name, sizeof(name));
        buffer_print(text, "%.*s%s%s", (int)(gap - line), line, name, gap + 2);
    } else {
        buffer_print(text, "%s\n", DRAW(stranger, lines));
    }
}

bool stranger_make_script(struct stranger *stranger)
{
    struct buffer text = {0};
    uint64_t count = 1 + stranger_draw(stranger, 20);
    for (uint64_t i = 0; i < count; i++) {
        add_line(stranger, &text);
    }
    if (stranger_draw(stranger, 4) == 0) {
        stranger_spoil(stranger, &text);
    }
    bool good = stranger_put(stranger, "script", text.bytes, text.size);
    buffer_fini(&text);
    stranger_say(stranger, "run");
    stranger_say(stranger, "--agent=in/script");
    stranger_say_run(stranger);
    return good;
}
