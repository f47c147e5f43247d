/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that registers.def names. */
#ifndef ENGINE_AARCH64_REGISTER_HANDLERS_H
#define ENGINE_AARCH64_REGISTER_HANDLERS_H

#include "engine/aarch64/registers.h"

typedef uint64_t aarch64_register_reader(struct aarch64 *pe,
                                         enum aarch64_register row);
typedef void aarch64_register_writer(struct aarch64 *pe,
                                     enum aarch64_register row, uint64_t value);

aarch64_register_reader aarch64_read_ccsidr;
aarch64_register_reader aarch64_read_channel;
aarch64_register_reader aarch64_read_channel_status;
aarch64_register_reader aarch64_read_claim;
aarch64_register_reader aarch64_read_counter;
aarch64_register_reader aarch64_read_dczid;
aarch64_register_reader aarch64_read_debug_authentication;
aarch64_register_reader aarch64_read_feature_register;
aarch64_register_reader aarch64_read_fp;
aarch64_register_reader aarch64_read_identity;
aarch64_register_reader aarch64_read_isr;
aarch64_register_reader aarch64_read_pmu_control;
aarch64_register_reader aarch64_read_pmu_counter;
aarch64_register_reader aarch64_read_pmu_selected;
aarch64_register_reader aarch64_read_pmu_set;
aarch64_register_reader aarch64_read_pstate;
aarch64_register_reader aarch64_read_rvbar;
aarch64_register_reader aarch64_read_sp;
aarch64_register_reader aarch64_read_timer;

aarch64_register_writer aarch64_write_channel;
aarch64_register_writer aarch64_write_claim;
aarch64_register_writer aarch64_write_context;
aarch64_register_writer aarch64_write_control;
aarch64_register_writer aarch64_write_debug_control;
aarch64_register_writer aarch64_write_debug_point;
aarch64_register_writer aarch64_write_fp;
aarch64_register_writer aarch64_write_fp_control;
aarch64_register_writer aarch64_write_hcr;
aarch64_register_writer aarch64_write_monitor_control;
aarch64_register_writer aarch64_write_os_lock;
aarch64_register_writer aarch64_write_pmu_control;
aarch64_register_writer aarch64_write_pmu_counter;
aarch64_register_writer aarch64_write_pmu_increment;
aarch64_register_writer aarch64_write_pmu_selected;
aarch64_register_writer aarch64_write_pmu_set;
aarch64_register_writer aarch64_write_pstate;
aarch64_register_writer aarch64_write_scr;
aarch64_register_writer aarch64_write_sp;
aarch64_register_writer aarch64_write_timer;
aarch64_register_writer aarch64_write_timer_offset;
aarch64_register_writer aarch64_write_translation;
aarch64_register_writer aarch64_write_translation_base;

/* The count at this moment, less the offset for the virtual one. */
uint64_t aarch64_counter(const struct aarch64 *pe, bool virtual);

#endif
