/* SPDX-License-Identifier: Apache-2.0 */
/* The encoder against objdump: what was asked for is what it reads. */
#include "engine/x86_64/x64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "tests/harness.h"

enum { CODE_MAX = 4096, LINE_MAX_CHARS = 200 };

static uint8_t code[CODE_MAX];
static struct x64 out;
static const char *wanted[CODE_MAX / 2];
static size_t wanted_count;

/* The next instruction must read as text. */
static void want(const char *text)
{
    wanted[wanted_count++] = text;
}

static struct x64_operand xmm(unsigned number)
{
    return x64_reg((enum x64_register)number);
}

static void moves(void)
{
    want("mov rbx,r15");
    x64_mov(&out, true, X64_RBX, x64_reg(X64_R15));
    want("mov r9d,DWORD PTR [rbp-0x80]");
    x64_mov(&out, false, X64_R9, x64_mem(X64_RBP, -128));
    want("mov rax,QWORD PTR [rbp+0x80]");
    x64_mov(&out, true, X64_RAX, x64_mem(X64_RBP, 128));
    want("mov rsi,QWORD PTR [r13+0x0]");
    x64_mov(&out, true, X64_RSI, x64_mem(X64_R13, 0));
    want("mov rsi,QWORD PTR [r12]");
    x64_mov(&out, true, X64_RSI, x64_mem(X64_R12, 0));
    want("mov rdi,QWORD PTR [rsp+0x10]");
    x64_mov(&out, true, X64_RDI, x64_mem(X64_RSP, 16));
    want("mov eax,DWORD PTR [rcx+rax*2+0x2010]");
    x64_mov(&out, false, X64_RAX, x64_mem_index(X64_RCX, X64_RAX, 1, 0x2010));
    want("mov QWORD PTR [rax+r9*1],r14");
    x64_store(&out, true, x64_mem_index(X64_RAX, X64_R9, 0, 0), X64_R14);
    want("mov ecx,0xffffffff");
    x64_mov_imm(&out, X64_RCX, 0xffffffff);
    want("mov r8,0xffffffffffffffff");
    x64_mov_imm(&out, X64_R8, UINT64_MAX);
    want("movabs rcx,0x123456789abcdef0");
    x64_mov_imm(&out, X64_RCX, 0x123456789abcdef0);
    want("mov QWORD PTR [rbp+0xb0],0xfffffffffffffffe");
    x64_store_imm(&out, true, x64_mem(X64_RBP, 0xb0), -2);
    want("lea r10,[rbx-0x8]");
    x64_lea(&out, true, X64_R10, x64_mem(X64_RBX, -8));
    want("mov BYTE PTR [rax+rcx*1],sil");
    x64_op(&out, false, 0x88, X64_RSI, x64_mem_index(X64_RAX, X64_RCX, 0, 0));
    want("mov WORD PTR [rax+rcx*1],r8w");
    x64_op_prefixed(&out, 0x66, false, 0x89, X64_R8,
                    x64_mem_index(X64_RAX, X64_RCX, 0, 0));
    want("movzx edx,dil");
    x64_op(&out, false, 0x0fb6, X64_RDX, x64_reg(X64_RDI));
    want("movsxd rax,DWORD PTR [rbp+0x8]");
    x64_op(&out, true, 0x63, X64_RAX, x64_mem(X64_RBP, 8));
    want("bswap r11");
    x64_bswap(&out, true, X64_R11);
}

static void arithmetic(void)
{
    want("sub r15,0x40");
    x64_alu_imm(&out, true, X64_SUB, x64_reg(X64_R15), 64);
    want("and rdx,0xfffffffffffff000");
    x64_alu_imm(&out, true, X64_AND, x64_reg(X64_RDX), -4096);
    want("cmp rdx,QWORD PTR [rcx+0x2000]");
    x64_alu(&out, true, X64_CMP, X64_RDX, x64_mem(X64_RCX, 0x2000));
    want("add DWORD PTR [rbp+0x18],0x7f");
    x64_alu_imm(&out, false, X64_ADD, x64_mem(X64_RBP, 24), 127);
    want("sbb eax,r12d");
    x64_alu(&out, false, X64_SBB, X64_RAX, x64_reg(X64_R12));
    want("imul rax,QWORD PTR [rbp-0x8]");
    x64_imul(&out, true, X64_RAX, x64_mem(X64_RBP, -8));
    want("shr ecx,0x8");
    x64_shift_imm(&out, false, X64_SHR, X64_RCX, 8);
    want("sar r9,0x3f");
    x64_shift_imm(&out, true, X64_SAR, X64_R9, 63);
    want("shlx rax,r9,rcx");
    x64_shiftx(&out, true, X64_SHLX, X64_RAX, x64_reg(X64_R9), X64_RCX);
    want("sarx r10d,DWORD PTR [rbp-0x40],ebx");
    x64_shiftx(&out, false, X64_SARX, X64_R10, x64_mem(X64_RBP, -64), X64_RBX);
    want("shrx rsi,QWORD PTR [r13+0x8],r14");
    x64_shiftx(&out, true, X64_SHRX, X64_RSI, x64_mem(X64_R13, 8), X64_R14);
    want("lea rax,[r13+r14*8+0x0]");
    x64_lea(&out, true, X64_RAX, x64_mem_index(X64_R13, X64_R14, 3, 0));
    want("lea ebx,[rsi+r12*1]");
    x64_lea(&out, false, X64_RBX, x64_mem_index(X64_RSI, X64_R12, 0, 0));
    want("lea r8,[r12+rdi*2]");
    x64_lea(&out, true, X64_R8, x64_mem_index(X64_R12, X64_RDI, 1, 0));
    want("rorx ecx,eax,0x7");
    x64_rotate_right(&out, false, X64_RCX, x64_reg(X64_RAX), 7);
    want("rorx r9d,DWORD PTR [r13+0x8],0x1f");
    x64_rotate_right(&out, false, X64_R9, x64_mem(X64_R13, 8), 31);
    want("rorx rax,rcx,0x3f");
    x64_rotate_right(&out, true, X64_RAX, x64_reg(X64_RCX), 63);
    want("pext eax,eax,ecx");
    x64_vex(&out, 2, 2, false, 0xf5, X64_RAX, X64_RAX, x64_reg(X64_RCX));
    want("bzhi rcx,rcx,rdx");
    x64_vex(&out, 2, 0, true, 0xf5, X64_RCX, X64_RDX, x64_reg(X64_RCX));
    want("cmovbe r8,QWORD PTR [rbp-0x18]");
    x64_cmov(&out, true, X64_BE, X64_R8, x64_mem(X64_RBP, -24));
    want("setge al");
    x64_setcc(&out, X64_GE, X64_RAX);
}

static void vectors(void)
{
    want("vmovdqu xmm0,XMMWORD PTR [rbp+0x90]");
    x64_vex(&out, 1, 2, false, 0x6f, 0, 0, x64_mem(X64_RBP, 0x90));
    want("vmovq xmm3,QWORD PTR [rax+rcx*1+0x8]");
    x64_vex(&out, 1, 2, false, 0x7e, 3, 0,
            x64_mem_index(X64_RAX, X64_RCX, 0, 8));
    want("vaddsd xmm0,xmm0,xmm1");
    x64_vex(&out, 1, 3, false, 0x58, 0, 0, xmm(1));
    want("vfmadd231ps xmm0,xmm2,xmm1");
    x64_vex(&out, 2, 1, false, 0xb8, 0, 2, xmm(1));
    want("vfnmadd231sd xmm0,xmm2,xmm1");
    x64_vex(&out, 2, 1, true, 0xbd, 0, 2, xmm(1));
    want("vaesenclast xmm0,xmm0,xmm1");
    x64_vex(&out, 2, 1, false, 0xdd, 0, 0, xmm(1));
    want("vpsrld xmm2,xmm2,0x18");
    x64_vex(&out, 1, 1, false, 0x72, 2, 2, xmm(2));
    x64_byte(&out, 24);
    want("vmovq rcx,xmm0");
    x64_vex(&out, 1, 1, true, 0x7e, 0, 0, x64_reg(X64_RCX));
    want("vcvtsi2sd xmm0,xmm0,rax");
    x64_vex(&out, 1, 3, true, 0x2a, 0, 0, x64_reg(X64_RAX));
    want("vpalignr xmm0,xmm0,XMMWORD PTR [rbp+0x100],0x4");
    x64_vex(&out, 3, 1, false, 0x0f, 0, 0, x64_mem(X64_RBP, 0x100));
    x64_byte(&out, 4);
}

/* By name: "vmovq_store" is a VMOVQ, "shift_w" has many names. */
static void named(const char *name, unsigned number)
{
    static char names[CODE_MAX][16];
    static size_t count;
    size_t length = strcspn(name, "_");
    unsigned opcode = number & 255;
    bool immediate = (number >> 8 & 15) == 3 || opcode == 0xc4 ||
                     opcode == 0xc6 || (number & 0xfff) == 0x170;

    if (strncmp(name, "shift", length) == 0) {
        return;
    }
    memcpy(names[count], name, length);
    want(names[count++]);
    (number >> 20 != 0 ? x64_evex : x64_vex)(
        &out, number >> 8 & 15, number >> 12 & 15, (number >> 16 & 1) != 0,
        opcode, 1, 0, x64_mem(X64_RBP, 0x90));
    if (immediate) {
        x64_byte(&out, 4); /* 0 has a name of its own in VPCLMULQDQ */
    }
}

static void vectors_by_name(void)
{
#define AVX(name, code) named(#name, code);
#include "engine/x86_64/avx.def"
#undef AVX
    want("vpxor");
    x64_vex(&out, 1, 1, false, 0xef, 3, 3,
            x64_here((int32_t)(out.at - out.base)));
    EXPECT_EQ((int8_t)out.at[-4], -8); /* the instruction is that long */
    want("movzx");
    x64_op(&out, false, 0x0fb7, X64_RDX,
           x64_here((int32_t)(out.at - out.base)));
    EXPECT_EQ((int8_t)out.at[-4], -7);
    EXPECT_EQ(out.at[-1], 0xff);
}

/* From "   0:\tmov    rbx,r15" to "mov rbx,r15"; NULL: no instruction. */
static char *tidy(char *line)
{
    char *text = strchr(line, '\t');
    char *to;

    if (text == NULL || strchr(line, ':') == NULL) {
        return NULL;
    }
    to = ++text;
    for (char *from = text; *from != '\0' && *from != '\n'; from++) {
        if (*from != ' ' || (to > text && to[-1] != ' ')) {
            *to++ = *from;
        }
    }
    while (to > text && to[-1] == ' ') {
        to--;
    }
    *to = '\0';
    return text;
}

static void compare(const char *path)
{
    char command[200];
    char line[LINE_MAX_CHARS];
    size_t count = 0;

    snprintf(command, sizeof(command),
             "objdump -D -b binary -m i386:x86-64 -M intel "
             "--no-show-raw-insn %s",
             path);
    FILE *pipe = popen(command, "r");
    REQUIRE(pipe != NULL);
    while (fgets(line, sizeof(line), pipe) != NULL) {
        char *text = tidy(line);

        if (text != NULL && count < wanted_count) {
            if (strchr(wanted[count], ' ') == NULL) { /* the name alone */
                text[strcspn(text, " ")] = '\0';
            }
            EXPECT_STR(text, wanted[count]);
            count++;
        }
    }
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_EQ(count, wanted_count);
}

TEST(objdump_reads_what_was_asked_for)
{
    char path[] = "/tmp/cairn-x64-XXXXXX";
    int fd = mkstemp(path);

    REQUIRE(fd >= 0);
    out.at = code;
    out.base = code;
    moves();
    arithmetic();
    vectors();
    vectors_by_name();
    size_t size = (size_t)(out.at - code);
    EXPECT(write(fd, code, size) == (ssize_t)size);
    close(fd);
    compare(path);
    unlink(path);
}

TEST(jumps_are_aimed_after_they_were_written)
{
    static const uint8_t expected[] = {0xe9, 0x06, 0,    0,    0,   0x0f,
                                       0x84, 0xf5, 0xff, 0xff, 0xff};

    out.at = code;
    uint8_t *site = x64_jmp(&out, NULL);
    x64_jcc(&out, X64_E, code);
    x64_aim(site, out.at);
    EXPECT_BYTES(code, expected, sizeof(expected));
}
