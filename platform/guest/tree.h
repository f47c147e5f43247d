/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a guest's device tree: nodes, properties, and the nodes of devices
 * by their descriptions. The first failure of libfdt stays in status. */
#ifndef PLATFORM_GUEST_TREE_H
#define PLATFORM_GUEST_TREE_H

#include "platform/guest/view.h"

/* Handles of nodes that other nodes name. */
enum {
    PHANDLE_CLOCK = 0x8000,
    PHANDLE_CONTROLLER, /* of interrupts */
    PHANDLE_MESSAGES,
    PHANDLE_GPIO,
    PHANDLE_SECURE_GPIO,
    PHANDLE_CPU,             /* the first; the others follow */
    PHANDLE_DEVICE = 0x9000, /* any other device, plus its place on the board */
};

/* Interrupt specifiers: arm,gic-v3.yaml and arm,gic.yaml. */
enum { GIC_SPI = 0, GIC_PPI = 1 };

struct tree {
    struct guest_view view;
    bool el2;
    bool acpi; /* the system behind firmware is described by ACPI */
    void *fdt;
    int status; /* of libfdt */
};

void tree_keep(struct tree *tree, int status);
void tree_begin(struct tree *tree, const char *name);
void tree_begin_at(struct tree *tree, const char *name, uint64_t address);
void tree_end(struct tree *tree);

void tree_put(struct tree *tree, const char *name, const void *value,
              size_t size);
void tree_put_flag(struct tree *tree, const char *name);
void tree_put_text(struct tree *tree, const char *name, const char *text);
void tree_put_u32(struct tree *tree, const char *name, uint32_t value);
/* A list of strings: the words of a text. */
void tree_put_words(struct tree *tree, const char *name, const char *words);

/* The cells of a property while they are collected. */
enum { TREE_CELLS_MAX = 256 };
struct tree_cells {
    uint8_t bytes[4 * TREE_CELLS_MAX];
    size_t count;
};

void tree_cell(struct tree_cells *cells, uint32_t value);
void tree_cell64(struct tree_cells *cells, uint64_t value);
void tree_put_cells(struct tree *tree, const char *name,
                    const struct tree_cells *cells);

/* The first count ranges of a node's reg. */
void tree_put_reg(struct tree *tree, const char *name, const struct node *node,
                  size_t count);
/* Hides from the normal world what only the secure world may use. */
void tree_put_status(struct tree *tree, const struct node *node);
/* tree_devices.c: the nodes of all devices of a kind that stand in the root. */
void tree_put_devices(struct tree *tree, enum description_kind kind);

#endif
