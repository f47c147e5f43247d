/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the SoC interface: what its files share. soc_ifc.c holds registers and
 * lines, soc_ifc_users.c users and random numbers of the SoC, soc_ifc_secrets.c
 * what only the core knows, soc_ifc_errors.c error reports, soc_ifc_boot.c
 * resets and the boot state machine, soc_ifc_watchdog.c the two watchdogs,
 * mtime and all else that counts cycles.
 */
#ifndef DEVICES_CALIPTRA_SOC_IFC_STATE_H
#define DEVICES_CALIPTRA_SOC_IFC_STATE_H

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "devices/caliptra/generation.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/soc_ifc.h"

enum {
    STRAP_WORDS = 44,
    TRNG_WORDS = 12,
    WATCHDOGS = 2,
};

/* Encodings of CPTRA_FLOW_STATUS.boot_fsm_ps. */
enum boot_state {
    BOOT_IDLE,
    BOOT_FUSE,
    BOOT_UPDATE_RESET,
    BOOT_WAIT,
    BOOT_DONE,
};

/* A counter of clock cycles: value at a time, running from then on or not. */
struct soc_ifc_counter {
    uint64_t value;
    uint64_t since_ns;
    uint64_t running;
};

struct soc_ifc_state {
    struct interrupts interrupts;
    uint32_t hw_error_fatal;
    uint32_t hw_error_non_fatal;
    uint32_t fw_error_fatal;
    uint32_t fw_error_non_fatal;
    uint32_t hw_error_encoding;
    uint32_t fw_error_encoding;
    uint32_t fw_error_info[8];
    uint32_t boot_status;
    uint32_t flow_status; /* without what the hardware puts in */
    uint32_t reset_reason;
    uint32_t mailbox_user[CALIPTRA_MBOX_USERS];
    uint32_t mailbox_user_lock[CALIPTRA_MBOX_USERS];
    uint32_t trng_user;
    uint32_t trng_user_lock;
    uint32_t trng_data[TRNG_WORDS];
    uint32_t trng_status;
    uint32_t fuse_write_done;
    uint32_t timer_config;
    uint32_t bootfsm_go;
    uint32_t service_request;
    uint32_t clock_gating;
    uint32_t generic_in[2];
    uint32_t generic_out[2];
    uint32_t fw_revision[2];
    uint32_t watchdog_enable[WATCHDOGS];
    uint32_t watchdog_period[WATCHDOGS][2];
    uint32_t fuse_user;
    uint32_t fuse_user_lock;
    uint32_t watchdog_config[2];
    uint32_t itrng_config[2];
    uint32_t reserved[2];
    /* Fuses, a word each or more. Those of 1.x; which of them 2.x has too, say
     * the tables. */
    uint32_t uds_seed[SOC_IFC_UDS_WORDS];
    uint32_t field_entropy[SOC_IFC_FIELD_ENTROPY_WORDS];
    uint32_t vendor_key_hash[12];
    uint32_t ecc_revocation[1];
    uint32_t owner_key_hash[12];
    uint32_t fmc_svn[1];
    uint32_t runtime_svn[4];
    uint32_t anti_rollback_disable[1];
    uint32_t idevid_attributes[24];
    uint32_t hsm_id[4];
    uint32_t fuse_life_cycle[1];
    uint32_t lms_verify[1];
    uint32_t lms_revocation[1];
    uint32_t soc_stepping[1];
    /* Members of 2.x alone. */
    uint32_t uds_seed_2[SOC_IFC_UDS_WORDS_2];
    uint32_t mldsa_revocation[1];
    uint32_t debug_token[16];
    uint32_t pqc_key_type[1];
    uint32_t manifest_svn[4];
    uint32_t manifest_svn_max[1];
    uint32_t hek_seed[8];
    /* Registers of 2.x alone. */
    uint32_t capabilities[2];
    uint32_t capabilities_lock;
    uint32_t owner_hash[12];
    uint32_t owner_hash_lock;
    uint32_t straps[STRAP_WORDS];
    uint32_t debug_service[2];
    uint32_t unlock_level[2];
    uint32_t exec_control[4];
    uint32_t unused; /* keeps the counters aligned */
    uint32_t obf_key[SOC_IFC_OBF_KEY_WORDS];
    uint32_t iccm_lock;
    uint32_t update_wait_cycles;
    uint32_t nmi_vector;
    uint32_t hw_error_fatal_mask;
    uint32_t hw_error_non_fatal_mask;
    uint32_t fw_error_fatal_mask;
    uint32_t fw_error_non_fatal_mask;
    uint32_t mtimecmp[2];
    /* No registers: */
    uint32_t boot_state;      /* enum boot_state */
    uint32_t fuse_write_seen; /* since the last reset */
    uint32_t was_up;          /* out of reset once since power-on */
    uint32_t breakpoint;      /* latched when reset was released */
    uint32_t update_waiting;  /* wait cycles of an update reset run */
    uint32_t security_state;  /* latched likewise, without scan mode */
    uint32_t error_fatal;     /* levels of the two lines */
    uint32_t error_non_fatal;
    uint32_t watchdog_expired[WATCHDOGS]; /* as last seen, for edges */
    struct soc_ifc_counter watchdog[WATCHDOGS];
    struct soc_ifc_counter mtime;
};

/* Differences between the sets of registers: constants of each device type. */
struct soc_ifc_layout {
    uint32_t first, last; /* releases that have this set, */
    uint32_t otherwise;   /* and the one of a board that does not say */
    /* FIELD of the words that hold the unique device secret, and of the hash of
     * the owner's keys. */
    uint32_t uds_seed;
    uint32_t owner_hash;
};

struct soc_ifc_wiring {
    uint32_t frequency_hz;
    const struct soc_ifc_layout *layout;
    const struct generation *generation;
    bool internal_trng;
    uint32_t obf_key[SOC_IFC_OBF_KEY_WORDS]; /* of the board */
};

enum soc_ifc_output {
    SOC_IFC_ERROR,
    SOC_IFC_NOTIF,
    SOC_IFC_RESET_POWER_ON,
    SOC_IFC_RESET_WARM,
    SOC_IFC_RESET_CORE,
    SOC_IFC_READY_FOR_FUSES,
    SOC_IFC_READY_FOR_FW,
    SOC_IFC_READY_FOR_RUNTIME,
    SOC_IFC_MAILBOX_FLOW_DONE,
    SOC_IFC_ERROR_FATAL,
    SOC_IFC_ERROR_NON_FATAL,
    SOC_IFC_TRNG_REQ,
    SOC_IFC_MTIP,
    SOC_IFC_NMI,
    SOC_IFC_NMI_VECTOR,
    SOC_IFC_ICCM_LOCK,
    SOC_IFC_DEBUG_FLUSH,
    SOC_IFC_GENERIC_OUT0,
    SOC_IFC_GENERIC_OUT1,
};

/* In this order power good, reset and the rest are looked at together. */
enum soc_ifc_input {
    SOC_IFC_PWRGOOD,
    SOC_IFC_RST_B,
    SOC_IFC_SECURITY_STATE,
    SOC_IFC_GENERIC_IN0,
    SOC_IFC_GENERIC_IN1,
    SOC_IFC_BREAKPOINT,
    SOC_IFC_CRYPTO_ERROR,
};

enum soc_ifc_timer {
    SOC_IFC_WATCHDOG_TIMER,
    SOC_IFC_MTIME_TIMER,
    SOC_IFC_UPDATE_TIMER,
    SOC_IFC_TIMERS
};

enum error_event_bits {
    ERROR_INVALID_USER = 1 << 1,
    ERROR_COMMAND_FAIL = 1 << 2,
    ERROR_WATCHDOG1 = 1 << 6,
    ERROR_WATCHDOG2 = 1 << 7,
};
enum notif_event_bits {
    NOTIF_COMMAND = CALIPTRA_NOTIF_CMD_AVAIL,
    NOTIF_DEBUG_LOCKED = 1 << 2,
    NOTIF_SCAN_MODE = 1 << 3,
    NOTIF_LOCK_WANTED = 1 << 4,
    NOTIF_GENERIC_IN = 1 << 5,
};

enum hw_error_fatal_bits { HW_FATAL_NMI = 1 << 2, HW_FATAL_CRYPTO = 1 << 3 };
enum hw_error_non_fatal_bits {
    HW_NON_FATAL_NO_LOCK = 1 << 0,
    HW_NON_FATAL_OUT_OF_ORDER = 1 << 1,
};

/* soc_ifc.c */
void soc_ifc_set(struct device *device, enum soc_ifc_output output,
                 uint32_t level);
/* Sets all lines but the reset lines from the state. */
void soc_ifc_show(struct device *device);
void soc_ifc_latch_generic_in(struct device *device);

/* The words at a FIELD of the state. */
static inline const uint32_t *soc_ifc_words(const struct soc_ifc_state *state,
                                            uint32_t field)
{
    return (const uint32_t *)(const void *)((const uint8_t *)state + field);
}

/* soc_ifc_secrets.c */
bool soc_ifc_is_debug_locked(const struct soc_ifc_state *state);
/* Debug or scan mode: secrets are not what they were. */
bool soc_ifc_is_open(const struct device *device);
bool soc_ifc_is_latched_open(const struct device *device);
/* Pulses the line that makes the vaults and engines forget. */
void soc_ifc_flush(struct device *device);
void soc_ifc_security_state_changed(struct device *device, unsigned input,
                                    uint32_t level);

/* soc_ifc_users.c: handlers of registers. */
register_write soc_ifc_write_mailbox_user;
register_write soc_ifc_write_trng_user;
register_write soc_ifc_write_fuse_user;
register_read soc_ifc_read_trng_data;
register_write soc_ifc_write_trng_data;
register_write soc_ifc_write_trng_control;
register_write soc_ifc_write_trng_status;

/* soc_ifc_errors.c */
/* Hardware found errors: sets bits and, unless masked, the SoC's line. */
void soc_ifc_fatal(struct device *device, uint32_t bits, enum event_fact fact);
void soc_ifc_non_fatal(struct device *device, uint32_t bits,
                       enum event_fact fact);
register_write soc_ifc_write_fw_error_fatal;
register_write soc_ifc_write_fw_error_non_fatal;
register_write soc_ifc_write_hw_error_non_fatal;
register_write soc_ifc_write_hw_non_fatal_mask;
register_write soc_ifc_write_fw_non_fatal_mask;
register_write soc_ifc_write_error_status;
void soc_ifc_crypto_error_changed(struct device *device, unsigned input,
                                  uint32_t level);

/* soc_ifc_fuses.c: accesses to a word of the fuses, and the lock. */
uint32_t soc_ifc_read_fuse(struct device *device, const struct access *access,
                           const uint32_t *fuse);
void soc_ifc_write_fuse(struct device *device, const struct access *access,
                        uint32_t *fuse, uint32_t value);
register_write soc_ifc_write_fuse_done;

/* soc_ifc_boot.c */
void soc_ifc_boot_changed(struct device *device, unsigned input,
                          uint32_t level);
/* Goes on as far as fuses, breakpoint and wait cycles allow. */
void soc_ifc_boot_advance(struct device *device);
void soc_ifc_boot_update(struct device *device);
void soc_ifc_boot_waited(struct device *device); /* timer */
/* Sets the reset lines from the state. */
void soc_ifc_boot_show(struct device *device);
bool soc_ifc_is_up(const struct device *device);

/* soc_ifc_watchdog.c */
uint64_t soc_ifc_cycles_to_ns(const struct device *device, uint64_t cycles);
void soc_ifc_counter_set(struct device *device, struct soc_ifc_counter *counter,
                         uint64_t value, bool running);
uint64_t soc_ifc_counter_value(const struct device *device,
                               const struct soc_ifc_counter *counter);
/* Brings the watchdogs to the present, raises what expired and arms the timer;
 * call it after a change of enables and periods, and as a timer. */
void soc_ifc_watchdog_update(struct device *device);
/* Must be called before such a change. */
void soc_ifc_watchdog_restart(struct device *device, unsigned watchdog);
/* The firmware cleared these events of the error interrupt. */
void soc_ifc_watchdog_serviced(struct device *device, uint32_t events);
bool soc_ifc_watchdog_has_expired(struct device *device, unsigned watchdog);
void soc_ifc_watchdog_reset(struct device *device);
/* Moves the timer interrupt line and arms its timer; also the timer itself. */
void soc_ifc_mtime_update(struct device *device);

/* Handlers of the registers of watchdogs and timer. */
register_write soc_ifc_write_watchdog1_enable;
register_write soc_ifc_write_watchdog2_enable;
register_write soc_ifc_write_watchdog1_control;
register_write soc_ifc_write_watchdog2_control;
register_write soc_ifc_write_watchdog1_period;
register_write soc_ifc_write_watchdog2_period;
register_read soc_ifc_read_watchdog_status;
register_read soc_ifc_read_mtime;
register_write soc_ifc_write_mtime;
register_write soc_ifc_write_mtimecmp;

#endif
