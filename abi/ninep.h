/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 9P2000.L, the file protocol of Linux' 9p file system: numbers of messages,
 * bits and sizes. A message is size[4] type[1] tag[2] and fields of its type,
 * little-endian, unaligned; a string is its length[2] and bytes without an end.
 * A reply's type is that of its request and one.
 */
#ifndef ABI_NINEP_H
#define ABI_NINEP_H

enum ninep_message {
    NINEP_RLERROR = 7, /* error[4] */
    NINEP_TSTATFS = 8,
    NINEP_TLOPEN = 12,
    NINEP_TLCREATE = 14,
    NINEP_TSYMLINK = 16,
    NINEP_TMKNOD = 18,
    NINEP_TRENAME = 20,
    NINEP_TREADLINK = 22,
    NINEP_TGETATTR = 24,
    NINEP_TSETATTR = 26,
    NINEP_TXATTRWALK = 30,
    NINEP_TXATTRCREATE = 32,
    NINEP_TREADDIR = 40,
    NINEP_TFSYNC = 50,
    NINEP_TLOCK = 52,
    NINEP_TGETLOCK = 54,
    NINEP_TLINK = 70,
    NINEP_TMKDIR = 72,
    NINEP_TRENAMEAT = 74,
    NINEP_TUNLINKAT = 76,
    NINEP_TVERSION = 100,
    NINEP_TAUTH = 102,
    NINEP_TATTACH = 104,
    NINEP_TFLUSH = 108,
    NINEP_TWALK = 110,
    NINEP_TREAD = 116,
    NINEP_TWRITE = 118,
    NINEP_TCLUNK = 120,
    NINEP_TREMOVE = 122,
};

enum {
    NINEP_HEADER_SIZE = 7,
    NINEP_ERROR_SIZE = NINEP_HEADER_SIZE + 4,
    NINEP_QID_SIZE = 13,            /* type[1] version[4] path[8] */
    NINEP_WALK_MAX = 16,            /* names of one Twalk */
    NINEP_FILE_SYSTEM = 0x01021997, /* type of Rstatfs */
};

#define NINEP_VERSION "9P2000.L"
#define NINEP_NO_FID  UINT32_MAX
#define NINEP_NO_USER UINT32_MAX

enum ninep_qid_type {
    NINEP_QID_FOLDER = 0x80,
    NINEP_QID_LINK = 0x02,
    NINEP_QID_FILE = 0,
};

/* Flags of Tlopen and Tlcreate, of one value on all architectures. */
enum ninep_open {
    NINEP_OPEN_ACCESS = 3, /* 0 to read, 1 to write, 2 both */
    NINEP_OPEN_EXCLUSIVE = 1 << 7,
    NINEP_OPEN_TRUNCATE = 1 << 9,
    NINEP_OPEN_APPEND = 1 << 10,
    NINEP_OPEN_DSYNC = 1 << 12,
    NINEP_OPEN_FOLDER = 1 << 16,
    NINEP_OPEN_SYNC = 1 << 20,
};

enum {
    NINEP_GETATTR_BASIC = 0x7ff, /* from mode to blocks */
    NINEP_UNLINK_FOLDER = 0x200,
};

enum ninep_setattr {
    NINEP_SET_MODE = 1 << 0,
    NINEP_SET_UID = 1 << 1,
    NINEP_SET_GID = 1 << 2,
    NINEP_SET_SIZE = 1 << 3,
    NINEP_SET_ATIME = 1 << 4, /* now, without the bit of a value */
    NINEP_SET_MTIME = 1 << 5,
    NINEP_SET_ATIME_VALUE = 1 << 7,
    NINEP_SET_MTIME_VALUE = 1 << 8,
};

enum ninep_lock_type {
    NINEP_LOCK_READ = 0,
    NINEP_LOCK_WRITE = 1,
    NINEP_LOCK_NONE = 2,
};

enum ninep_lock_status {
    NINEP_LOCK_DONE = 0,
    NINEP_LOCK_BLOCKED = 1,
    NINEP_LOCK_ERROR = 2,
};

#endif
