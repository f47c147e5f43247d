/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of inputs come from anybody: reading one either refuses it and says
 * why, or its items make the same file again. Those inputs are then given to a
 * machine at the place where it is, where nothing may crash or leak.
 *
 * The input is the payloads of frames, each behind two bytes of size; their
 * checks, which a fuzzer does not guess, are made here.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/hash.h"
#include "host/file.h"
#include "platform/record/format.h"
#include "platform/record/record.h"
#include "tests/fuzz.h"

enum { BYTES_BEFORE_FRAMES = 20 };

static struct cairn_machine *make(void)
{
    static const uint8_t rom[] = {0x6f, 0x00, 0x00, 0x00};
    const struct cairn_image image = {"rom", rom, sizeof(rom)};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "caliptra-1.1",
                                          .images = &image,
                                          .image_count = 1};
    struct cairn_machine *machine = NULL;
    if (cairn_create(&options, &machine, NULL) != 0) {
        abort();
    }
    return machine;
}

/* Frames with good checks, behind what a file begins with. */
static void build_file(const uint8_t *data, size_t size, struct buffer *file)
{
    const struct record_head head = {0};
    uint64_t check = 0;
    record_put_head(&head, &check, file);
    file->size = BYTES_BEFORE_FRAMES;
    check = load_le32(file->bytes + BYTES_BEFORE_FRAMES - 4);
    while (size >= 2) {
        size_t payload = data[0] | (size_t)data[1] << 8;
        payload = payload < size - 2 ? payload : size - 2;
        buffer_append_le32(file, (uint32_t)payload);
        buffer_append(file, data + 2, payload);
        check = hash64(check, data + 2, payload);
        store_le64(buffer_grow(file, 8), check);
        data += 2 + payload;
        size -= 2 + payload;
    }
}

/* That of every new machine. */
static struct record_head own_head(void)
{
    static struct record_head head;
    if (head.machine == 0) {
        struct cairn_machine *machine = make();
        head = (struct record_head){
            .machine = machine_identity(machine),
            .start = input_now(machine),
            .start_state = cairn_state_hash(machine),
        };
        cairn_destroy(machine);
    }
    return head;
}

/* Entries that were read make the same frames; those of a machine have its
 * identity, and every input is at the start. */
static void rebuild(const struct buffer *file, struct buffer *again,
                    struct buffer *runnable)
{
    struct record_reader reader = {.bytes = file->bytes, .size = file->size};
    struct record_head head;
    struct record_item item;
    struct error error = {""};
    uint64_t check = 0;
    uint64_t run_check = 0;
    if (record_get_head(&reader, &head, &error) != 0) {
        if (error.text[0] == '\0') {
            abort();
        }
        return;
    }
    record_put_head(&head, &check, again);
    struct record_head own = own_head();
    own.origin = head.origin;
    own.origin_size = head.origin_size;
    record_put_head(&own, &run_check, runnable);
    int code;
    while ((code = record_get_item(&reader, &item, &error)) == 0) {
        record_put_item(&item, &check, again);
        item.at = own.start;
        item.has_state = false;
        record_put_item(&item, &run_check, runnable);
    }
    if (code == -ENOENT ? again->size != file->size : error.text[0] == '\0') {
        abort();
    }
}

static void replay(const struct buffer *file)
{
    char path[32];
    uint8_t note[16];
    struct cairn_error error = {""};
    int fd = memfd_create("inputs", MFD_CLOEXEC);
    if (fd < 0 || write(fd, file->bytes, file->size) != (ssize_t)file->size) {
        abort();
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    char **words = NULL;
    size_t count = 0;
    (void)cairn_record_origin(path, &words, &count, &error);
    free(words);
    struct cairn_machine *machine = make();
    if (cairn_replay_open(machine, path, 0, &error) == 0) {
        (void)cairn_replay(machine, note, sizeof(note), &error);
    }
    cairn_destroy(machine);
    close(fd);
}

FUZZ(data, size)
{
    struct buffer file = {0};
    struct buffer again = {0};
    struct buffer runnable = {0};
    build_file(data, size, &file);
    rebuild(&file, &again, &runnable);
    if (runnable.size != 0) {
        replay(&runnable);
    }
    buffer_fini(&file);
    buffer_fini(&again);
    buffer_fini(&runnable);
    return 0;
}
