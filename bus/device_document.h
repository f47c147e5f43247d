/* SPDX-License-Identifier: Apache-2.0 */
/* The register reference page of a device, from its tables. */
#ifndef BUS_DEVICE_DOCUMENT_H
#define BUS_DEVICE_DOCUMENT_H

#include "base/buffer.h"
#include "bus/device.h"

/* Appends a page of Markdown. views names the columns of access rules, as the
 * devices of one family use them ("core", "SoC"); NULL for "view 0", ... */
void device_document(const struct device_type *type,
                     const char *const views[REGISTER_VIEWS],
                     struct buffer *out);

#endif
