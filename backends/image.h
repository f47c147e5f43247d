/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disk images: the contents of a disk in a file of the host, by its format.
 *
 * A format is one const struct image_type. `raw` is the disk byte for byte;
 * `qcow2` allocates clusters as they are written, over a backing image that is
 * only read, if it has one.
 *
 * Which format a file has. A guest can write to a raw disk whatever it likes,
 * also the header of a qcow2 image, which may name any file of the host; so the
 * contents alone decide nothing. Without a format in image_options the name of
 * the file (".qcow2", which no guest can change) and its contents must agree,
 * and a file about which they do not is refused: the user says which it is. So
 * are those of other programs' formats (image_format.h), which a write to the
 * bytes of the file would destroy.
 *
 * Which files are opened. A backing image is followed if it is in the folder of
 * the image that names it, or below, or if the user named it as well; others
 * are refused.
 *
 * Threads: any, also several at a time. Reads and changes of the same bytes at
 * the same time have effect in any order. Calls with `wait` false come back
 * with -EAGAIN where they would keep their thread waiting; they are made again
 * with it.
 */
#ifndef BACKENDS_IMAGE_H
#define BACKENDS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/image_file.h"
#include "base/error.h"

struct image;

/* Where the contents of a run of bytes are. */
enum image_place {
    IMAGE_HOLE, /* zeros, which take no room */
    IMAGE_ZERO, /* zeros, which hide the backing image or have room */
    IMAGE_STORED,
    IMAGE_COMPRESSED,
    IMAGE_BACKED, /* in the backing image, or a hole there */
};

struct image_run {
    enum image_place place;
    uint64_t size;
    uint64_t host_offset; /* of IMAGE_STORED */
};

/* The layout of a new image. */
struct image_layout {
    uint64_t size_bytes;   /* a multiple of 512 */
    unsigned cluster_bits; /* 0: the format's choice */
    const char *backing;   /* as the image is to name it, or NULL */
    const char *backing_format;
    /* By which errors and the name of the backing image go; NULL: its path. */
    const char *name;
};

/* Facts that an image says of itself. */
struct image_facts {
    unsigned version; /* 0: the format has none, nor the rest */
    uint32_t cluster_size;
    unsigned refcount_bits;
    const char *backing; /* as the image names it, or NULL */
    const char *backing_format;
    const char *refused; /* why its contents cannot be read, or NULL */
    unsigned snapshots;  /* in it */
    bool dirty;          /* its refcounts may be wrong */
    bool corrupt;
    bool lazy_refcounts;
};

struct image_type {
    const char *name;
    size_t state_size;
    /* In an empty file. */
    int (*create)(struct image_file *file, const struct image_layout *layout,
                  struct error *error);
    /* image->file is open; sets size_bytes and granule_bytes. After an error
     * close is called too, on a state that was zeroed before. */
    int (*open)(struct image *image, struct error *error);
    void (*close)(struct image *image);
    /* Within the size. 0 or a negative errno value; -EUCLEAN where the file
     * contradicts itself. */
    int (*read)(struct image *image, uint64_t offset, void *bytes, size_t size,
                bool wait);
    int (*write)(struct image *image, uint64_t offset, const void *bytes,
                 size_t size, bool wait);
    /* Reads as zeros; with unmap they take no room if that can be. */
    int (*zero)(struct image *image, uint64_t offset, uint64_t size,
                bool unmap);
    int (*sync)(struct image *image);
    bool (*is_synced)(struct image *image);
    /* The run that offset is in, and how much of it lies behind. */
    int (*run)(struct image *image, uint64_t offset, uint64_t size,
               struct image_run *run);
    void (*describe)(const struct image *image, struct image_facts *facts);
    /* Looks at all that says where data are: 0, or -EUCLEAN with the first
     * contradiction (image_why), which reads may not meet. Of an image that is
     * only read; NULL: the format has nothing to contradict. */
    int (*check)(struct image *image);
};

struct image_options {
    const char *format;  /* a type's name; NULL: by name and contents */
    const char *backing; /* path of a backing image that may be followed
                            wherever it is, or NULL */
    bool read_only;
    bool look;  /* for its facts alone, also of an image with features that are
                   not supported; read-only and alone */
    bool alone; /* without its backing image: nothing is read */
};

struct image {
    const struct image_type *type;
    struct image_file file;
    const struct image_options *options; /* while it is opened */
    uint64_t size_bytes;
    uint32_t granule_bytes; /* a power of two */
    struct image *backing;  /* NULL: none, or it was opened alone */
    unsigned depth;         /* images above this one */
    bool told;              /* while it is opened: *error is about an image
                               below it */
    struct error trouble;   /* how the file contradicts itself, if it does */
    void *state;
};

/* The formats, raw first; NULL past the end. */
const struct image_type *image_type(size_t index);
/* NULL if there is none of that name. */
const struct image_type *image_type_find(const char *name);

/* 0, or a negative errno value and *error. */
int image_open(const char *path, const struct image_options *options,
               struct image **opened, struct error *error);
/* Takes the file over, which is closed with the image or after an error. */
int image_open_file(struct image_file *file, const struct image_type *type,
                    const struct image_options *options, struct image *above,
                    struct image **opened, struct error *error);
/* -ELOOP if a chain, which may be a circle, has too many images above path. */
int image_check_depth(const char *path, unsigned depth, struct error *error);
/* Opens what an image names as its backing image. */
int image_open_backing(struct image *image, const char *name,
                       const char *format, struct error *error);
/* The path of a backing image as an image names it, and the name that an image
 * is to give to a file; the caller frees them. */
char *image_backing_path(const char *path, const char *name);
char *image_backing_name(const char *path, const char *backing);
/* Makes an image in place of the file that was there, or in a file without a
 * name (image_file_create), and opens it. layout->backing is a path here,
 * opened to see that it can be; a size of 0 is that of the backing image, and
 * its format NULL as in image_options. */
int image_create(const char *path, const struct image_type *type,
                 const struct image_layout *layout, struct image **opened,
                 struct error *error);
/* Brings what was written to the medium; 0, or what sync says. NULL is fine.
 */
int image_close(struct image *image);

/* For messages: the reason for a code of these functions, of the image in the
 * chain that contradicts itself if one does. */
const char *image_why(const struct image *image, int code);

/* Behind the end are zeros. */
int image_read(struct image *image, uint64_t offset, void *bytes, size_t size,
               bool wait);
int image_write(struct image *image, uint64_t offset, const void *bytes,
                size_t size, bool wait);
int image_zero(struct image *image, uint64_t offset, uint64_t size, bool unmap);
int image_sync(struct image *image);
/* True if a sync would have nothing to do. */
bool image_is_synced(struct image *image);
int image_run(struct image *image, uint64_t offset, uint64_t size,
              struct image_run *run);
/* The same through the backing images: whether there is anything but zeros
 * without room. */
int image_run_through(struct image *image, uint64_t offset, uint64_t size,
                      struct image_run *run);

#endif
