/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FUSE's protocol, version 7 as of minor number 31 and later, which Linux'
 * virtiofs speaks over a virtqueue (virtio 1.2, 5.11.6): a request is a struct
 * fuse_request, the arguments of its operation, names with their end, bytes; a
 * reply is a struct fuse_reply and results. Integers have the byte order of the
 * guest, which is little-endian here.
 */
#ifndef ABI_FUSE_H
#define ABI_FUSE_H

#include <assert.h>
#include <stdint.h>

enum {
    FUSE_MAJOR = 7,
    FUSE_MINOR = 38,
    FUSE_MINOR_LEAST = 31, /* of Linux 5.4, the first with virtiofs */
    FUSE_ROOT = 1,         /* the node of the root */
};

enum fuse_operation {
    FUSE_LOOKUP = 1,
    FUSE_FORGET = 2, /* has no reply */
    FUSE_GETATTR = 3,
    FUSE_SETATTR = 4,
    FUSE_READLINK = 5,
    FUSE_SYMLINK = 6,
    FUSE_MKNOD = 8,
    FUSE_MKDIR = 9,
    FUSE_UNLINK = 10,
    FUSE_RMDIR = 11,
    FUSE_RENAME = 12,
    FUSE_LINK = 13,
    FUSE_OPEN = 14,
    FUSE_READ = 15,
    FUSE_WRITE = 16,
    FUSE_STATFS = 17,
    FUSE_RELEASE = 18,
    FUSE_FSYNC = 20,
    FUSE_SETXATTR = 21,
    FUSE_GETXATTR = 22,
    FUSE_LISTXATTR = 23,
    FUSE_REMOVEXATTR = 24,
    FUSE_FLUSH = 25,
    FUSE_INIT = 26,
    FUSE_OPENDIR = 27,
    FUSE_READDIR = 28,
    FUSE_RELEASEDIR = 29,
    FUSE_FSYNCDIR = 30,
    FUSE_GETLK = 31,
    FUSE_SETLK = 32,
    FUSE_SETLKW = 33, /* waits for the lock */
    FUSE_CREATE = 35,
    FUSE_DESTROY = 38,
    FUSE_BATCH_FORGET = 42, /* has no reply */
    FUSE_FALLOCATE = 43,
    FUSE_READDIRPLUS = 44,
    FUSE_RENAME2 = 45,
    FUSE_LSEEK = 46,
    FUSE_COPY_FILE_RANGE = 47,
    FUSE_SYNCFS = 50,
};

struct fuse_request {
    uint32_t size; /* of all of it */
    uint32_t operation;
    uint64_t unique;
    uint64_t node;
    uint32_t uid;
    uint32_t gid;
    uint32_t pid;
    uint32_t padding;
};
static_assert(sizeof(struct fuse_request) == 40, "as Linux has it");

struct fuse_reply {
    uint32_t size;
    int32_t error; /* 0, a negative number of Linux, or FUSE_ASK_AGAIN */
    uint64_t unique;
};
static_assert(sizeof(struct fuse_reply) == 16, "as Linux has it");

/* Between a server of ours and its device, and nothing that a client sees: a
 * request that waits, as SETLKW does, is to be asked again. */
enum { FUSE_ASK_AGAIN = 1 };

/* ---- INIT ---------------------------------------------------------------- */

enum fuse_feature {
    FUSE_ASYNC_READ = 1 << 0,
    FUSE_POSIX_LOCKS = 1 << 1,     /* of ranges, by fcntl(2) */
    FUSE_ATOMIC_TRUNCATE = 1 << 3, /* OPEN has the flag */
    FUSE_EXPORT = 1 << 4,          /* LOOKUP takes "." and ".." */
    FUSE_BIG_WRITES = 1 << 5,
    FUSE_FLOCK_LOCKS = 1 << 10,     /* of files, by flock(2) */
    FUSE_AUTO_INVALIDATE = 1 << 12, /* pages of a file that has changed */
    FUSE_HAS_READDIRPLUS = 1 << 13,
    FUSE_READDIRPLUS_AUTO = 1 << 14,
    FUSE_ASYNC_DIRECT = 1 << 15,
    FUSE_PARALLEL_FOLDERS = 1 << 18,
    FUSE_HAS_MAX_PAGES = 1 << 22,
    FUSE_CACHE_LINKS = 1 << 23,
    FUSE_DROP_PRIVILEGES = 1 << 28, /* the server clears set-id bits */
};

struct fuse_init {
    uint32_t major;
    uint32_t minor;
    uint32_t max_readahead;
    uint32_t features; /* newer ones have more words behind it */
};
static_assert(sizeof(struct fuse_init) == 16, "as Linux has it");

struct fuse_init_result {
    uint32_t major;
    uint32_t minor;
    uint32_t max_readahead;
    uint32_t features;
    uint16_t max_background;
    uint16_t congestion_threshold;
    uint32_t max_write;
    uint32_t time_granularity_ns;
    uint16_t max_pages;
    uint16_t map_alignment;
    uint32_t features2;
    uint32_t unused[7];
};
static_assert(sizeof(struct fuse_init_result) == 64, "as Linux has it");

/* ---- Attributes ---------------------------------------------------------- */

struct fuse_attributes {
    uint64_t number;
    uint64_t size;
    uint64_t blocks;
    uint64_t accessed;
    uint64_t modified;
    uint64_t changed;
    uint32_t accessed_ns;
    uint32_t modified_ns;
    uint32_t changed_ns;
    uint32_t mode;
    uint32_t links;
    uint32_t uid;
    uint32_t gid;
    uint32_t device; /* minor 7:0 and 31:20, major 19:8 */
    uint32_t block_size;
    uint32_t flags;
};
static_assert(sizeof(struct fuse_attributes) == 88, "as Linux has it");

/* A name was found: that counts as one of the node's lookups. */
struct fuse_entry {
    uint64_t node; /* 0: there is none */
    uint64_t generation;
    uint64_t name_valid_s;
    uint64_t attributes_valid_s;
    uint32_t name_valid_ns;
    uint32_t attributes_valid_ns;
    struct fuse_attributes attributes;
};
static_assert(sizeof(struct fuse_entry) == 128, "as Linux has it");

struct fuse_getattr_result {
    uint64_t valid_s;
    uint32_t valid_ns;
    uint32_t padding;
    struct fuse_attributes attributes;
};
static_assert(sizeof(struct fuse_getattr_result) == 104, "as Linux has it");

struct fuse_getattr {
    uint32_t flags;
    uint32_t padding;
    uint64_t file;
};

enum fuse_setattr_bit {
    FUSE_SET_MODE = 1 << 0,
    FUSE_SET_UID = 1 << 1,
    FUSE_SET_GID = 1 << 2,
    FUSE_SET_SIZE = 1 << 3,
    FUSE_SET_ACCESSED = 1 << 4,
    FUSE_SET_MODIFIED = 1 << 5,
    FUSE_SET_BY_FILE = 1 << 6,
    FUSE_SET_ACCESSED_NOW = 1 << 7,
    FUSE_SET_MODIFIED_NOW = 1 << 8,
    FUSE_SET_DROP = 1 << 11, /* set-id bits */
};

struct fuse_setattr {
    uint32_t valid; /* enum fuse_setattr_bit */
    uint32_t padding;
    uint64_t file;
    uint64_t size;
    uint64_t lock_owner;
    uint64_t accessed;
    uint64_t modified;
    uint64_t changed;
    uint32_t accessed_ns;
    uint32_t modified_ns;
    uint32_t changed_ns;
    uint32_t mode;
    uint32_t unused4;
    uint32_t uid;
    uint32_t gid;
    uint32_t unused5;
};
static_assert(sizeof(struct fuse_setattr) == 88, "as Linux has it");

struct fuse_statfs_result {
    uint64_t blocks;
    uint64_t blocks_free;
    uint64_t blocks_available;
    uint64_t files;
    uint64_t files_free;
    uint32_t block_size;
    uint32_t name_max;
    uint32_t fragment_size;
    uint32_t padding;
    uint32_t spare[6];
};
static_assert(sizeof(struct fuse_statfs_result) == 80, "as Linux has it");

/* ---- Names --------------------------------------------------------------- */

struct fuse_forget {
    uint64_t lookups;
};

struct fuse_batch_forget {
    uint32_t count;
    uint32_t padding;
};

struct fuse_forget_one {
    uint64_t node;
    uint64_t lookups;
};

struct fuse_mknod {
    uint32_t mode;
    uint32_t device;
    uint32_t umask;
    uint32_t padding;
};

struct fuse_mkdir {
    uint32_t mode;
    uint32_t umask;
};

struct fuse_rename {
    uint64_t folder;
};

struct fuse_rename2 {
    uint64_t folder;
    uint32_t flags; /* of renameat2(2) */
    uint32_t padding;
};

struct fuse_link {
    uint64_t node;
};

/* ---- Open files ---------------------------------------------------------- */

/* Flags of open files that all architectures number alike. */
enum fuse_open_flag {
    FUSE_OPEN_ACCESS = 3,
    FUSE_OPEN_EXCLUSIVE = 1 << 7,
    FUSE_OPEN_TRUNCATE = 1 << 9,
    FUSE_OPEN_APPEND = 1 << 10,
    FUSE_OPEN_DSYNC = 1 << 12,
    FUSE_OPEN_SYNC = 1 << 20,
};

enum fuse_open_result_flag {
    FUSE_OPENED_DIRECT = 1 << 0,
    FUSE_OPENED_KEEP_CACHE = 1 << 1,
    FUSE_OPENED_CACHE_FOLDER = 1 << 3,
};

enum { FUSE_OPEN_DROP = 1 << 0 }; /* of more_flags: set-id bits */

struct fuse_open {
    uint32_t flags;
    uint32_t more_flags;
};

struct fuse_create {
    uint32_t flags;
    uint32_t mode;
    uint32_t umask;
    uint32_t more_flags;
};

struct fuse_open_result {
    uint64_t file;
    uint32_t flags; /* enum fuse_open_result_flag */
    uint32_t padding;
};

struct fuse_release {
    uint64_t file;
    uint32_t flags;
    uint32_t release_flags;
    uint64_t lock_owner;
};

struct fuse_flush {
    uint64_t file;
    uint32_t unused;
    uint32_t padding;
    uint64_t lock_owner;
};

/* GETLK, SETLK, SETLKW: a lock of the bytes from start to end, or with
 * FUSE_FLOCK of the file. */
enum fuse_lock_type {
    FUSE_LOCK_READ = 0,
    FUSE_LOCK_WRITE = 1,
    FUSE_LOCK_NONE = 2,
};
enum fuse_lock_flag { FUSE_FLOCK = 1 << 0 };

struct fuse_lock_range {
    uint64_t start;
    uint64_t end; /* INT64_MAX: all that follow */
    uint32_t type;
    uint32_t pid;
};
static_assert(sizeof(struct fuse_lock_range) == 24, "as Linux has it");

struct fuse_lock {
    uint64_t file;
    uint64_t owner;
    struct fuse_lock_range range;
    uint32_t lock_flags;
    uint32_t padding;
};
static_assert(sizeof(struct fuse_lock) == 48, "as Linux has it");

/* READ, READDIR, READDIRPLUS; WRITE, whose bytes follow. */
enum fuse_write_flag { FUSE_WRITE_CACHED = 1 << 0, FUSE_WRITE_DROP = 1 << 2 };

struct fuse_transfer {
    uint64_t file;
    uint64_t offset;
    uint32_t size;
    uint32_t transfer_flags; /* enum fuse_write_flag */
    uint64_t lock_owner;
    uint32_t flags;
    uint32_t padding;
};
static_assert(sizeof(struct fuse_transfer) == 40, "as Linux has it");

struct fuse_write_result {
    uint32_t size;
    uint32_t padding;
};

enum { FUSE_SYNC_DATA_ONLY = 1 << 0 };

struct fuse_fsync {
    uint64_t file;
    uint32_t flags;
    uint32_t padding;
};

/* fallocate(2), whose numbers these are. */
enum fuse_fallocate_mode {
    FUSE_ALLOCATE_KEEP_SIZE = 1 << 0,
    FUSE_ALLOCATE_PUNCH_HOLE = 1 << 1,
    FUSE_ALLOCATE_ZERO = 1 << 4,
};

struct fuse_fallocate {
    uint64_t file;
    uint64_t offset;
    uint64_t size;
    uint32_t mode;
    uint32_t padding;
};

enum { FUSE_SEEK_DATA = 3, FUSE_SEEK_HOLE = 4 };

struct fuse_lseek {
    uint64_t file;
    uint64_t offset;
    uint32_t whence;
    uint32_t padding;
};

struct fuse_lseek_result {
    uint64_t offset;
};

struct fuse_copy {
    uint64_t from_file;
    uint64_t from_offset;
    uint64_t to_node;
    uint64_t to_file;
    uint64_t to_offset;
    uint64_t size;
    uint64_t flags;
};

/* Padded to a multiple of 8 with its name. */
struct fuse_folder_entry {
    uint64_t number;
    uint64_t next; /* where the entry behind it is */
    uint32_t name_size;
    uint32_t type; /* DT_... of readdir(3) */
};
static_assert(sizeof(struct fuse_folder_entry) == 24, "as Linux has it");

/* ---- Extended attributes ------------------------------------------------- */

struct fuse_setxattr {
    uint32_t size;
    uint32_t flags; /* of setxattr(2) */
};

/* GETXATTR and LISTXATTR: with size 0 the reply is the size that is needed. */
struct fuse_getxattr {
    uint32_t size;
    uint32_t padding;
};

struct fuse_getxattr_result {
    uint32_t size;
    uint32_t padding;
};

#endif
