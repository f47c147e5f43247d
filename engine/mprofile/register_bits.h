/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of the status and control registers of an M-profile core (DDI 0553
 * D1.2): of faults, CONTROL, and what the system control block and the MPU are
 * set up by. */
#ifndef ENGINE_MPROFILE_REGISTER_BITS_H
#define ENGINE_MPROFILE_REGISTER_BITS_H

enum mprofile_ufsr {
    UFSR_UNDEFINSTR = 1 << 16,
    UFSR_INVSTATE = 1 << 17,
    UFSR_INVPC = 1 << 18,
    UFSR_NOCP = 1 << 19,
    UFSR_STKOF = 1 << 20,
    UFSR_UNALIGNED = 1 << 24,
    UFSR_DIVBYZERO = 1 << 25,
};
enum mprofile_bfsr {
    BFSR_IBUSERR = 1 << 8,
    BFSR_PRECISERR = 1 << 9,
    BFSR_IMPRECISERR = 1 << 10,
    BFSR_UNSTKERR = 1 << 11,
    BFSR_STKERR = 1 << 12,
    BFSR_LSPERR = 1 << 13,
    BFSR_BFARVALID = 1 << 15,
};
enum mprofile_mmfsr {
    MMFSR_IACCVIOL = 1 << 0,
    MMFSR_DACCVIOL = 1 << 1,
    MMFSR_MUNSTKERR = 1 << 3,
    MMFSR_MSTKERR = 1 << 4,
    MMFSR_MLSPERR = 1 << 5,
    MMFSR_MMARVALID = 1 << 7,
};
enum mprofile_sfsr {
    SFSR_INVEP = 1 << 0,
    SFSR_INVIS = 1 << 1,
    SFSR_INVER = 1 << 2,
    SFSR_AUVIOL = 1 << 3,
    SFSR_INVTRAN = 1 << 4,
    SFSR_LSPERR = 1 << 5,
    SFSR_SFARVALID = 1 << 6,
    SFSR_LSERR = 1 << 7,
};
enum mprofile_hfsr {
    HFSR_VECTTBL = 1 << 1,
    HFSR_FORCED = 1 << 30,
};
#define HFSR_DEBUGEVT (1u << 31)

enum mprofile_control {
    CONTROL_NPRIV = 1 << 0,
    CONTROL_SPSEL = 1 << 1,
    CONTROL_FPCA = 1 << 2,
    CONTROL_SFPA = 1 << 3,
};
enum mprofile_ccr {
    CCR_NONBASETHRDENA = 1 << 0,
    CCR_USERSETMPEND = 1 << 1,
    CCR_UNALIGN_TRP = 1 << 3,
    CCR_DIV_0_TRP = 1 << 4,
    CCR_BFHFNMIGN = 1 << 8,
    CCR_STKALIGN = 1 << 9,
    CCR_STKOFHFNMIGN = 1 << 10,
};
enum mprofile_aircr {
    AIRCR_VECTCLRACTIVE = 1 << 1,
    AIRCR_SYSRESETREQ = 1 << 2,
    AIRCR_SYSRESETREQS = 1 << 3,
    AIRCR_BFHFNMINS = 1 << 13,
    AIRCR_PRIS = 1 << 14,
};
enum mprofile_mpu_ctrl {
    MPU_ENABLE = 1 << 0,
    MPU_HFNMIENA = 1 << 1,
    MPU_PRIVDEFENA = 1 << 2,
};
enum mprofile_scr {
    SCR_SLEEPONEXIT = 1 << 1,
    SCR_SLEEPDEEP = 1 << 2,
    SCR_SLEEPDEEPS = 1 << 3,
    SCR_SEVONPEND = 1 << 4,
};

#endif
