/* SPDX-License-Identifier: Apache-2.0 */
#include "host/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int memory_create(struct memory *memory, const char *name, size_t size_bytes,
                  struct error *error)
{
    *memory = (struct memory){.fd = -1};
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) {
        int code = -errno;
        return error_set(error, code, "memory '%s': memfd_create: %s", name,
                         strerror(-code));
    }
    void *host = MAP_FAILED;
    if (ftruncate(fd, (off_t)size_bytes) == 0) {
        host =
            mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (host == MAP_FAILED) {
        int code = -errno;
        close(fd);
        return error_set(error, code, "memory '%s': %zu bytes: %s", name,
                         size_bytes, strerror(-code));
    }
    *memory = (struct memory){host, size_bytes, fd};
    return 0;
}

void memory_destroy(struct memory *memory)
{
    if (memory->host) {
        munmap(memory->host, memory->size_bytes);
        close(memory->fd);
    }
    *memory = (struct memory){.fd = -1};
}

int memory_discard(struct memory *memory)
{
    int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    return fallocate(memory->fd, mode, 0, (off_t)memory->size_bytes) == 0
               ? 0
               : -errno;
}

void *memory_map(size_t size_bytes, struct error *error)
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
