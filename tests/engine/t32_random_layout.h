/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image of a random T32 program: for its maker, for the driver that
 * runs it (tests/engine/t32_driver.S), and for what explains a difference. The
 * assembler reads it too.
 */
#ifndef TESTS_ENGINE_T32_RANDOM_LAYOUT_H
#define TESTS_ENGINE_T32_RANDOM_LAYOUT_H

/* Where things are in the image, as offsets. With the Security Extension, those
 * with NS are of the Non-secure state, the others of the Secure one. */
#define T32_VECTORS      0x0
#define T32_CURRENT      0x200 /* two words: the record at hand, the image */
#define T32_DRIVER       0x208
#define T32_TABLE        0x1000 /* what is read after a step, ended by 0 */
#define T32_GATES        0x2000 /* Non-secure callable */
#define T32_CALLABLE_END 0x2400
#define T32_NS_VECTORS   0x4000
#define T32_NS_HANDLER   0x4400
#define T32_CODE         0x10000
#define T32_NS_CODE      0x20000
#define T32_CODE_SIZE    0x10000
#define T32_DATA         0x40000
#define T32_NS_DATA      0x60000
#define T32_DATA_SIZE    0x20000
#define T32_DATA_END     0x80000
#define T32_RECORDS      0x80000

/* Words of a record: what a step starts with, and after it what it ended with.
 * Those without a state are of the one that the driver is in. */
#define T32_BODY        0 /* the first instruction; 0 ends the program */
#define T32_FLAGS       1
#define T32_RETURN      2 /* EXC_RETURN that starts it, that it ends with */
#define T32_R           3 /* r0 to r12; after it r0 to r3 and r12 in the frame */
#define T32_LR          16
#define T32_XPSR        17
#define T32_MSP         18
#define T32_PSP         19
#define T32_CONTROL     20
#define T32_PRIMASK     21
#define T32_BASEPRI     22
#define T32_FPSCR       23
#define T32_MSPLIM      24
#define T32_PSPLIM      25
#define T32_MSP_NS      26
#define T32_PSP_NS      27
#define T32_CONTROL_NS  28
#define T32_PRIMASK_NS  29
#define T32_BASEPRI_NS  30
#define T32_MSPLIM_NS   31
#define T32_PSPLIM_NS   32
#define T32_MPU_CTRL    33
#define T32_SHCSR       34 /* not read after it */
#define T32_FAULTMASK   35
#define T32_IPSR        36
#define T32_FRAME_AT    37
#define T32_FRAME       38 /* 26 words from there, or 8 without T32_FP */
#define T32_S           64 /* s0 to s31 */
#define T32_READS       96 /* what the table names */
#define T32_READ_WORDS  38
#define T32_ICSR        134 /* by the masks that the step leaves */
#define T32_ICSR_NS     135
#define T32_WRITES      136 /* addresses and values, ended by 0 */
#define T32_WRITE_PAIRS 59
#define T32_END         255 /* where a part of a block ends, or 0 */
#define T32_WORDS       256

/* T32_FLAGS: what the core has. */
#define T32_FLAG_FP       1
#define T32_FLAG_LIMITS   2
#define T32_FLAG_SECURITY 4

#endif
