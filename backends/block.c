/* SPDX-License-Identifier: Apache-2.0 */
/* Opens block back ends by name, checks requests, submits them as jobs. */
#include "backends/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"

#define BLOCK(name) extern const struct block_type block_##name;
#include "backends/blocks.def"
#undef BLOCK

static const struct block_type *const types[] = {
#define BLOCK(name) &block_##name,
#include "backends/blocks.def"
#undef BLOCK
};

static const struct block_type *find_type(const char *what, struct error *error)
{
    struct buffer names = {0};
    size_t length = strcspn(what, ":");
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (what[length] == ':' && strlen(types[i]->name) == length &&
            strncmp(types[i]->name, what, length) == 0) {
            buffer_fini(&names);
            return types[i];
        }
        buffer_print(&names, "%s%s:%s", i ? ", " : "", types[i]->name,
                     types[i]->operand);
    }
    error_set(error, -EINVAL, "'%s' is none of %s", what, buffer_text(&names));
    buffer_fini(&names);
    return NULL;
}

int block_open(struct loop *loop, const char *what,
               const struct block_options *options, struct block **opened,
               struct error *error)
{
    const struct block_type *type = find_type(what, error);
    *opened = NULL;
    if (!type) {
        return -EINVAL;
    }
    struct block *block = xcalloc(1, sizeof(*block));
    block->type = type;
    block->loop = loop;
    block->read_only = options->read_only;
    block->what = xstrdup(what);
    block->state = xcalloc(1, type->state_size);
    int code = type->open(block, what + strlen(type->name) + 1, options, error);
    if (code != 0) {
        block_close(block);
        return code;
    }
    *opened = block;
    return 0;
}

void block_close(struct block *block)
{
    if (!block) {
        return;
    }
    if (block->requests != 0) {
        loop_drain(block->loop);
    }
    assert(block->requests == 0);
    block->type->close(block);
    free(block->state);
    free(block->what);
    free(block);
}

const char *block_path(const struct block *block)
{
    return block->what + strlen(block->type->name) + 1;
}

const char *block_why(const struct block *block, int status)
{
    return block->type->why ? block->type->why(block, status)
                            : strerror(-status);
}

/* ---- Requests ------------------------------------------------------------ */

static bool changes(const struct block_request *request)
{
    return request->operation != BLOCK_READ &&
           request->operation != BLOCK_FLUSH;
}

static int check(const struct block *block, const struct block_request *request)
{
    if (request->offset > block->size_bytes ||
        request->size > block->size_bytes - request->offset) {
        return -EINVAL;
    }
    return block->read_only && changes(request) ? -EROFS : 0;
}

static struct block_request *request_of(struct loop_job *job)
{
    return (struct block_request *)((char *)job -
                                    offsetof(struct block_request, job));
}

static void work(struct loop_job *job)
{
    struct block_request *request = request_of(job);
    if (request->status == 0) {
        request->status = request->block->type->serve(request->block, request);
    }
}

static void done(struct loop_job *job)
{
    struct block_request *request = request_of(job);
    assert(request->block->requests != 0 && request->status <= 0);
    request->block->requests--;
    request->done(request);
}

bool block_try(struct block *block, struct block_request *request)
{
    request->block = block;
    request->status = check(block, request);
    if (request->status == 0) {
        request->status = block->type->attempt(block, request);
    }
    return request->status != -EAGAIN;
}

void block_submit(struct block *block, struct block_request *request)
{
    assert(request->done);
    request->block = block;
    request->status = check(block, request);
    request->job = (struct loop_job){.work = work, .done = done};
    block->requests++;
    loop_submit(block->loop, &request->job);
}

void block_finish(struct block_request *request)
{
    assert(request->block->requests != 0);
    loop_finish(request->block->loop, &request->job);
}
