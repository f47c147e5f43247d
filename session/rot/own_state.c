/* SPDX-License-Identifier: Apache-2.0 */
/* Our own protocol's requests for resets, fuses, lines and state. */
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "session/rot/own.h"

/* ---- Resets and fuses ---------------------------------------------------- */

/* A stage, or all bits: the pins alone. */
#define NO_DUTIES UINT32_MAX

enum rot_error own_reset(const struct own_job *job)
{
    const uint32_t kind = own_word(job, 0);
    const uint32_t stage = own_word(job, 4);
    const bool duties = stage != NO_DUTIES;
    enum rot_error error;
    if ((kind != OWN_RESET_WARM && kind != OWN_RESET_COLD) ||
        (duties && stage >= ROT_STAGES)) {
        return ROT_ERROR_VALUE;
    }
    const enum rot_stage goal =
        duties ? (enum rot_stage)stage : ROT_STAGE_POWER;
    error = kind == OWN_RESET_COLD
                ? rot_core_boot(own_core(job), goal)
                : rot_core_reset_warm(own_core(job), duties, goal);
    rot_own_tell_reset(job->client->server, kind);
    return error;
}

enum rot_error own_fuses(const struct own_job *job)
{
    size_t size;
    const uint8_t *text = own_rest(job, 0, &size);
    return rot_core_fuses(own_core(job), (const char *)text, size);
}

/* ---- Lines --------------------------------------------------------------- */

/* The rest of the request as a string, which the caller frees; NULL for one
 * that is none. */
static char *take_name(const struct own_job *job, size_t offset)
{
    size_t size;
    const uint8_t *bytes = own_rest(job, offset, &size);
    return memchr(bytes, '\0', size) ? NULL
                                     : strndup((const char *)bytes, size);
}

enum rot_error own_lines(const struct own_job *job)
{
    const struct rot_core *core = own_core(job);
    struct buffer *out = &job->client->server->payload;
    struct cairn_line *line;
    for (size_t i = 0; (line = cairn_line_at(core->machine, i)); i++) {
        const char *name = cairn_line_name(line);
        buffer_append(out, cairn_line_is_input(core->machine, line) ? "<" : ">",
                      1);
        buffer_append(out, name, strlen(name) + 1);
    }
    return ROT_ERROR_NONE;
}

enum rot_error own_get_line(const struct own_job *job)
{
    uint32_t level = 0;
    char *name = take_name(job, 0);
    enum rot_error error =
        name ? rot_core_get_line(own_core(job), name, &level) : ROT_ERROR_NAME;
    free(name);
    if (error == ROT_ERROR_NONE) {
        buffer_append_le32(&job->client->server->payload, level);
    }
    return error;
}

enum rot_error own_set_line(const struct own_job *job)
{
    char *name = take_name(job, 4);
    enum rot_error error =
        name ? rot_core_set_line(own_core(job), name, own_word(job, 0))
             : ROT_ERROR_NAME;
    free(name);
    return error;
}

enum rot_error own_watch(const struct own_job *job)
{
    struct rot_client *client = job->client;
    struct buffer *out = &client->server->payload;
    unsigned line = 0;
    char *name = take_name(job, 4);
    enum rot_error error =
        name ? rot_core_watch(own_core(job), name, &line) : ROT_ERROR_NAME;
    free(name);
    if (error == ROT_ERROR_NONE) {
        client->watched[line] = own_word(job, 0) != 0;
        buffer_append_le32(out, line);
        buffer_append_le32(out, own_core(job)->lines[line].level);
    }
    return error;
}

/* ---- State --------------------------------------------------------------- */

enum rot_error own_save(const struct own_job *job)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum rot_error error = rot_core_save(own_core(job), &bytes, &size);
    if (error == ROT_ERROR_NONE) {
        buffer_append(&job->client->server->payload, bytes, size);
    }
    free(bytes);
    return error;
}

enum rot_error own_load(const struct own_job *job)
{
    size_t size;
    const uint8_t *bytes = own_rest(job, 0, &size);
    enum rot_error error = rot_core_load(own_core(job), bytes, size);
    if (error == ROT_ERROR_NONE) {
        rot_own_tell_reset(job->client->server, OWN_RESET_LOADED);
    }
    return error;
}

enum rot_error own_status(const struct own_job *job)
{
    static const uint32_t registers[] = {
        CALIPTRA_SOC_IFC_FLOW_STATUS,    CALIPTRA_SOC_IFC_BOOT_STATUS,
        CALIPTRA_SOC_IFC_HW_ERROR_FATAL, CALIPTRA_SOC_IFC_HW_ERROR_NON_FATAL,
        CALIPTRA_SOC_IFC_FW_ERROR_FATAL, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL,
        CALIPTRA_SOC_IFC_HW_REV_ID,
    };
    const struct rot_client *client = job->client;
    struct rot_core *core = own_core(job);
    struct buffer *out = &client->server->payload;
    const struct rot_client *holder =
        rot_core_is_held(core, NULL) ? core->holder : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        uint32_t value = 0;
        enum rot_error error =
            rot_core_read(core, client, client->user, registers[i], &value);
        if (error != ROT_ERROR_NONE) {
            return error;
        }
        buffer_append_le32(out, value);
    }
    buffer_append_le32(out, client->server->client_count);
    buffer_append_le32(out, holder ? holder->number : 0);
    buffer_append_le32(out, (uint32_t)cairn_unmodelled_count(core->machine));
    return ROT_ERROR_NONE;
}
