/* SPDX-License-Identifier: Apache-2.0 */
/* The options of `cairn run` that plug in virtio devices, but for disks. */
#ifndef COMMANDS_VIRTIO_OPTIONS_H
#define COMMANDS_VIRTIO_OPTIONS_H

#include "base/buffer.h"
#include "commands/command.h"
#include "session/options.h"

/* --rng seeded|host[,bus=BUS] and --vsock cid=N,path=PATH[,bus=BUS]. Copies
 * that the options point into are added to names (char *), which the caller
 * frees one by one. COMMAND_DONE, or COMMAND_MISUSE after a message. */
int virtio_options_parse(const struct arguments *arguments,
                         struct session_options *options, struct buffer *names);

#endif
