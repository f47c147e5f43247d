/* SPDX-License-Identifier: Apache-2.0 */
/* One walk of the blob, then look-ups in arrays. */
#include "platform/board/index.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"

static uint32_t aligned(size_t size)
{
    return (uint32_t)(size + 3) & ~(uint32_t)3;
}

/* One walk of the structure (Devicetree specification, 5.4): counts nodes,
 * properties and tokens, and notes the first two where there is room for them.
 * A header of version 16 does not say how long the structure is. */
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
            index->token_count = at / 4 + 1;
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
    index->at = xcalloc(index->token_count, sizeof(*index->at));
    walk(index);
    for (size_t i = 0; i < index->node_count; i++) {
        index->at[index->nodes[i].offset / 4] = (uint32_t)i + 1;
    }
}

void board_index_fini(struct board_index *index)
{
    free(index->nodes);
    free(index->properties);
    free(index->at);
    *index = (struct board_index){0};
}

static const struct board_node *node_at(const struct board_index *index,
                                        int offset)
{
    bool inside = offset >= 0 && offset % 4 == 0 &&
                  (size_t)offset / 4 < index->token_count;
    uint32_t number = inside ? index->at[offset / 4] : 0;

    return number != 0 ? &index->nodes[number - 1] : NULL;
}

/* Most names differ in their first bytes: no call is made for those. */
static bool is_same(const char *text, const char *other)
{
    return text[0] == other[0] &&
           (text[0] == '\0' ||
            (text[1] == other[1] && strcmp(text, other) == 0));
}

const struct board_property *board_index_find(const struct board_index *index,
                                              int node, const char *name)
{
    const struct board_node *found = node_at(index, node);
    const char *strings =
        found ? (const char *)index->fdt + fdt_off_dt_strings(index->fdt) : "";

    for (size_t i = 0; found != NULL && i < found->count; i++) {
        const struct board_property *property =
            &index->properties[found->first + i];

        if (is_same(strings + property->name, name)) {
            return property;
        }
    }
    return NULL;
}

int board_index_child(const struct board_index *index, int node,
                      const char *name)
{
    const struct board_node *parent = node_at(index, node);
    const struct board_node *end = index->nodes + index->node_count;

    if (parent == NULL) {
        return -FDT_ERR_BADOFFSET;
    }
    for (const struct board_node *child = parent + 1;
         child < end && child->depth > parent->depth; child++) {
        if (child->depth == parent->depth + 1 && is_same(child->name, name)) {
            return child->offset;
        }
    }
    return -FDT_ERR_NOTFOUND;
}
