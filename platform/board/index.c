/* SPDX-License-Identifier: Apache-2.0 */
/* One walk of the blob, then look-ups in sorted arrays. */
#include "platform/board/index.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"

enum { VERSION_LEAST = 16 };

/* libfdt 1.6.1 takes older ones, and then reads address 0. */
int board_index_check(const void *bytes, size_t size)
{
    if (size < FDT_V1_SIZE) {
        return -FDT_ERR_TRUNCATED;
    }
    return fdt_magic(bytes) == FDT_MAGIC && fdt_version(bytes) < VERSION_LEAST
               ? -FDT_ERR_BADVERSION
               : fdt_check_full(bytes, size);
}

static uint32_t aligned(size_t size)
{
    return (uint32_t)(size + 3) & ~(uint32_t)3;
}

/* One walk of the structure (Devicetree specification, 5.4): counts nodes and
 * properties, and notes them where there is room for them. */
static void walk(struct board_index *index)
{
    const uint8_t *structure =
        (const uint8_t *)index->fdt + fdt_off_dt_struct(index->fdt);
    struct board_node *node = NULL; /* whose properties follow */
    struct board_node none;
    size_t nodes = 0;
    size_t properties = 0;
    int depth = 0;

    for (uint32_t at = 0;;) {
        const uint8_t *token = structure + at;

        switch (load_be32(token)) {
        case FDT_BEGIN_NODE:
            node = index->nodes ? &index->nodes[nodes] : &none;
            *node = (struct board_node){
                .offset = (int)at,
                .depth = depth,
                .name = (const char *)token + 4,
                .first = properties,
            };
            depth++;
            nodes++;
            at += 4 + aligned(strlen(node->name) + 1);
            break;
        case FDT_PROP: {
            uint32_t size = load_be32(token + 4);

            if (node != NULL) { /* none follows a node within this one */
                if (index->properties) {
                    index->properties[properties] = (struct board_property){
                        .name = load_be32(token + 8),
                        .value = token + 12,
                        .size = size,
                    };
                }
                node->count++;
                properties++;
            }
            at += 12 + aligned(size);
            break;
        }
        case FDT_END_NODE:
            node = NULL;
            depth--;
            at += 4;
            break;
        case FDT_NOP:
            at += 4;
            break;
        default: /* FDT_END */
            index->node_count = nodes;
            index->property_count = properties;
            return;
        }
    }
}

void board_index_init(struct board_index *index, const void *fdt)
{
    *index = (struct board_index){.fdt = fdt};
    walk(index);
    index->nodes = xcalloc(index->node_count + 1, sizeof(*index->nodes));
    index->properties =
        xcalloc(index->property_count + 1, sizeof(*index->properties));
    walk(index);
}

void board_index_fini(struct board_index *index)
{
    free(index->nodes);
    free(index->properties);
    *index = (struct board_index){0};
}

static int compare_offsets(const void *key, const void *element)
{
    int wanted = *(const int *)key;
    const struct board_node *node = element;

    return (wanted > node->offset) - (wanted < node->offset);
}

const struct board_property *board_index_find(const struct board_index *index,
                                              int node, const char *name)
{
    const struct board_node *found =
        bsearch(&node, index->nodes, index->node_count, sizeof(*index->nodes),
                compare_offsets);
    const char *strings =
        found ? (const char *)index->fdt + fdt_off_dt_strings(index->fdt) : "";

    for (size_t i = 0; found != NULL && i < found->count; i++) {
        const struct board_property *property =
            &index->properties[found->first + i];

        if (strcmp(strings + property->name, name) == 0) {
            return property;
        }
    }
    return NULL;
}
