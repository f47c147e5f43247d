/* SPDX-License-Identifier: Apache-2.0 */
/* Pages by mmap, and memfd_create where they repeat. */
#include "host/memory.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/time.h"

/* The pattern that a map of blank pages repeats. */
enum { BLANK_BYTES = 512 << 10 };

static void *map_private(size_t size_bytes, struct error *error)
{
    void *address = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED) {
        error_set(error, -errno, "no memory for %zu bytes: %s", size_bytes,
                  strerror(errno));
        return NULL;
    }
    return address;
}

int memory_create(struct memory *memory, const char *name, size_t size_bytes,
                  uint8_t blank, struct error *error)
{
    void *host = map_private(size_bytes, error);
    if (host == NULL) {
        *memory = (struct memory){0};
        error_prefix(error, "memory '%s'", name);
        return -ENOMEM;
    }
    *memory = (struct memory){host, size_bytes, blank};
    return 0;
}

void memory_destroy(struct memory *memory)
{
    if (memory->host) {
        munmap(memory->host, memory->size_bytes);
    }
    *memory = (struct memory){0};
}

int memory_discard(struct memory *memory)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    void *host = memory->host;

    /* Zeros may have given way to a file; other blank pages are one. */
    if (memory->blank != 0) {
        return madvise(host, memory->size_bytes, MADV_DONTNEED) == 0 ? 0
                                                                     : -errno;
    }
    host = mmap(host, memory->size_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    return host != MAP_FAILED ? 0 : -errno;
}

int memory_give_back(void *address, size_t size_bytes)
{
    return madvise(address, size_bytes, MADV_DONTNEED) == 0 ? 0 : -errno;
}

void *memory_map_file(void *address, size_t size_bytes, int fd, uint64_t offset,
                      struct error *error)
{
    int flags = MAP_PRIVATE | MAP_NORESERVE | (address ? MAP_FIXED : 0);
    void *host = mmap(address, size_bytes, PROT_READ | PROT_WRITE, flags, fd,
                      (off_t)offset);
    if (host == MAP_FAILED) {
        error_set(error, -errno, "cannot map %zu bytes from 0x%llx on: %s",
                  size_bytes, (unsigned long long)offset, strerror(errno));
        return NULL;
    }
    return host;
}

/* By write: a mapping would take a page fault for each page. */
static bool fill(int fd, size_t size_bytes, uint8_t blank)
{
    uint8_t bytes[16384];
    memset(bytes, blank, sizeof(bytes));
    for (size_t at = 0; at < size_bytes;) {
        size_t left = size_bytes - at;
        ssize_t count =
            write(fd, bytes, left < sizeof(bytes) ? left : sizeof(bytes));
        if (count < 0 && errno != EINTR) {
            return false;
        }
        at += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* A small file of blank bytes, mapped copy-on-write again and again over the
 * reserved range: pages that are only read are all the file's. */
int memory_fill(uint8_t *address, size_t size_bytes, uint8_t blank)
{
    static const int flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;
    size_t file_bytes = size_bytes < BLANK_BYTES ? size_bytes : BLANK_BYTES;
    int fd = memfd_create("blank", MFD_CLOEXEC);
    bool good = fd >= 0 && fill(fd, file_bytes, blank);
    for (size_t at = 0; good && at < size_bytes; at += file_bytes) {
        size_t left = size_bytes - at;
        void *part = mmap(address + at, left < file_bytes ? left : file_bytes,
                          PROT_READ | PROT_WRITE, flags, fd, 0);
        good = part != MAP_FAILED;
    }
    int code = good ? 0 : -errno;
    if (fd >= 0) {
        close(fd);
    }
    return code;
}

void *memory_map(size_t size_bytes, uint8_t blank, struct error *error)
{
    void *address = map_private(size_bytes, error);
    int code = address && blank ? memory_fill(address, size_bytes, blank) : 0;
    if (code != 0) {
        munmap(address, size_bytes);
        error_set(error, code, "no memory for %zu bytes: %s", size_bytes,
                  strerror(-code));
        return NULL;
    }
    return address;
}

/* Reserves size_bytes at the lower end of a range whose size is drawn, so that
 * the distance to whatever is mapped already is another in each process; less
 * of a range where there is less room. */
static void *reserve(size_t size_bytes)
{
    enum { PAGE_BITS = 12, DRAWN_BITS = 26 };
    uint32_t drawn = 0;
    host_entropy(&drawn, sizeof(drawn));
    for (size_t pages = drawn >> (32 - DRAWN_BITS);; pages >>= 1) {
        const size_t rest = pages << PAGE_BITS;
        uint8_t *range =
            mmap(NULL, size_bytes + rest, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (range != MAP_FAILED && rest != 0) {
            munmap(range + size_bytes, rest);
        }
        if (range != MAP_FAILED || pages == 0) {
            return range;
        }
    }
}

/* Shared pages, which mremap from a size of 0 maps once more. A memfd would do
 * too, but perf(1) would not look its addresses up in --perf-map's file. */
void *memory_map_code(size_t size_bytes, ptrdiff_t *executed)
{
    uint8_t *written = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (written == MAP_FAILED) {
        return NULL;
    }
    uint8_t *run = reserve(size_bytes);
    if (run == MAP_FAILED ||
        mremap(written, 0, size_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, run) !=
            run ||
        mprotect(run, size_bytes, PROT_READ | PROT_EXEC) != 0) {
        memory_unmap(run == MAP_FAILED ? NULL : run, size_bytes);
        memory_unmap(written, size_bytes);
        return NULL;
    }
    *executed = run - written;
    return written;
}

void memory_unmap_code(void *written, ptrdiff_t executed, size_t size_bytes)
{
    memory_unmap(written, size_bytes);
    memory_unmap((uint8_t *)written + executed, size_bytes);
}

void memory_populate(void *address, size_t size_bytes)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uint8_t *first = (uint8_t *)address - (uintptr_t)address % page;
    size_t size = (size_t)((uint8_t *)address - first) + size_bytes;
    /* Kernels before 5.14 do not know this, and fault. */
    (void)madvise(first, (size + page - 1) / page * page, MADV_POPULATE_WRITE);
}

void memory_unmap(void *address, size_t size_bytes)
{
    if (address) {
        munmap(address, size_bytes);
    }
}

size_t memory_resident(void)
{
    /* "total resident shared ...", in pages (proc(5)) */
    unsigned long pages = 0;
    char line[128];
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm) {
        if (fgets(line, sizeof(line), statm) && strchr(line, ' ')) {
            pages = strtoul(strchr(line, ' '), NULL, 10);
        }
        fclose(statm);
    }
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}
