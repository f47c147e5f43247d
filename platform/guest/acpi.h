/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACPI tables of the machine, as files for firmware: the tables in a row, the
 * root pointer, and a script by which firmware links them where it puts them
 * (QEMU documentation, specs/acpi: the table loader).
 */
#ifndef PLATFORM_GUEST_ACPI_H
#define PLATFORM_GUEST_ACPI_H

#include "platform/guest/dtb.h"
#include "platform/guest/view.h"

#define GUEST_ACPI_RSDP   "etc/acpi/rsdp"
#define GUEST_ACPI_TABLES "etc/acpi/tables"

struct guest_acpi {
    struct buffer rsdp;
    struct buffer tables;
    struct buffer loader;
};

/* All three are empty before. */
void guest_acpi_make(struct guest_acpi *acpi, struct cairn_machine *machine,
                     const struct guest_dtb_options *options);
void guest_acpi_fini(struct guest_acpi *acpi);

/* The devices, as the definition block that the DSDT is. */
void guest_dsdt_write(struct buffer *aml, const struct guest_view *view);

#endif
