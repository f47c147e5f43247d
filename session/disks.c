/* SPDX-License-Identifier: Apache-2.0 */
/* Disks that options name: devices that are plugged in for them, and their
 * images. */
#include "session/disks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/internal.h"
#include "session/plug.h"

/* ---- Before there is a machine ------------------------------------------- */

enum { SERIAL_MAX = 20 };

static int plug_disk(struct session *session, const struct session_disk *disk,
                     char name[CAIRN_PART_NAME_SIZE],
                     struct session_error *error)
{
    const char *serial = disk->serial ? disk->serial : "";
    const struct cairn_property property = {"cairn,serial", serial,
                                            strlen(serial) + 1};
    const struct cairn_plug plug = {
        .size = sizeof(struct cairn_plug),
        .kind = "blk",
        .bus = disk->bus,
        .properties = &property,
        .property_count = disk->serial ? 1 : 0,
    };

    if (strlen(serial) > SERIAL_MAX) {
        return session_misuse(error, "disk",
                              "the serial '%s' has more than %d bytes", serial,
                              SERIAL_MAX);
    }
    return session_plug(session, "disk", &plug, name, error);
}

/* Options that only a device of ours has. */
static bool wants_own(const struct session_disk *disk)
{
    return disk->bus || disk->serial;
}

static int check_overlay(const struct session_disk *disk,
                         struct session_error *error)
{
    const char *overlay = disk->disk.overlay;

    return overlay
               ? session_kept_check("disk", overlay, disk->new_overlay, error)
               : 0;
}

int session_disks_plug(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    unsigned there = cairn_board_disks(session->board);

    session->disk_names =
        xcalloc(options->disk_count + 1, sizeof(*session->disk_names));
    for (size_t i = 0; i < options->disk_count; i++) {
        const struct session_disk *disk = &options->disks[i];

        if (check_overlay(disk, error) != 0) {
            return -EIO;
        }
        if (disk->device && wants_own(disk)) {
            return session_misuse(
                error, "disk",
                "'%s' is a device of the board: bus and serial "
                "are of virtio devices in free slots",
                disk->device);
        }
        if (disk->device) {
            continue;
        }
        if (there != 0 && !wants_own(disk)) {
            there--;
            continue;
        }
        int code = plug_disk(session, disk, session->disk_names[i], error);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* ---- Back ends ----------------------------------------------------------- */

static bool names_disk(const struct cairn_machine *machine, const char *device)
{
    const char *name;
    for (size_t i = 0; (name = cairn_disk_name(machine, i)); i++) {
        if (strcmp(name, device) == 0) {
            return true;
        }
    }
    return false;
}

/* A name that would have been right is in the message. */
static int connect_disk(struct session *session,
                        const struct session_disk *disk, const char *device,
                        struct session_error *error)
{
    const char *first = cairn_disk_name(session->machine, 0);
    struct cairn_error refused = {""};
    struct cairn_disk given = disk->disk;
    given.size = sizeof(given);
    if (!first) {
        return session_misuse(error, "disk", "the board has no disk");
    }
    int code = cairn_disk_connect(session->machine, device, &given, &refused);
    return code == 0 ? 0
           : code == -ENOENT && disk->device &&
                   !names_disk(session->machine, disk->device)
               ? session_misuse(error, "disk", "%s; there is '%s'",
                                refused.text, first)
           : code == -EINVAL || code == -EBUSY
               ? session_misuse(error, "disk", "%s", refused.text)
               : session_failure(error, "disk", "%s", refused.text);
}

int session_disks_connect(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    unsigned own = 0;
    int code = 0;
    for (size_t i = 0; code == 0 && i < options->disk_count; i++) {
        const struct session_disk *disk = &options->disks[i];
        const char *device =
            disk->device ? disk->device
            : session->disk_names[i][0] != '\0'
                ? session->disk_names[i]
                : session_own_device(session->machine, cairn_disk_name,
                                     session->disk_names, options->disk_count,
                                     own++);
        code = connect_disk(session, disk, device, error);
    }
    return code;
}
