/* SPDX-License-Identifier: Apache-2.0 */
/* A part of cairn/cairn.h, which includes it: what devices of a machine are
 * connected to on the host: serial ports, disks, a TPM, networks, folders. */
#ifndef CAIRN_OUTSIDE_H
#define CAIRN_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_error;
struct cairn_machine;

/* ---- Serial ports -------------------------------------------------------- */

/*
 * Connects a serial port to a back end of the host, by the words of
 * cairn_serial_kind: "pty", "file:PATH". Everything is opened at once; name
 * receives the address for a peer ("/dev/pts/3"), or "". -ENOENT without such a
 * port, -EBUSY if it has a back end already, or the host's error.
 *
 * The caller of a machine with back ends calls cairn_serve between two calls of
 * cairn_run, a few milliseconds of virtual time apart. Received bytes are
 * inputs of the machine like others, and reverse debugging replays them at
 * their place.
 */
int cairn_serial_connect(struct cairn_machine *machine, const char *port,
                         const char *backend, char *name, size_t size,
                         struct cairn_error *error);
/* Closes all back ends, after they have taken pending output as far as they can
 * without waiting. */
void cairn_serial_close(struct cairn_machine *machine);
/* Passes on printed output and takes received input; with a live back end,
 * waits until the host's time is the machine's. -EINTR when a signal is to end
 * the program, -ECANCELED when the user at a terminal asks for that. */
int cairn_serve(struct cairn_machine *machine);

struct cairn_serial_kind {
    const char *name;
    const char *operand; /* the part behind the name and a colon, or NULL */
    const char *purpose;
    bool live;       /* has a user or peer, so no two runs are the same */
    bool peers;      /* takes calls of sockets while the machine runs */
    bool shown;      /* the caller shows the output, by callbacks.console */
    bool makes_file; /* the operand is the path of a file that is made */
};
/* -ENOENT past the end. */
int cairn_serial_kind(size_t index, struct cairn_serial_kind *kind);
/* Checks whether cairn_serial_connect has a chance with these words, while
 * nothing is opened or changed: -EINVAL for a kind or operand that is none, or
 * the host's error. */
int cairn_serial_check(const char *backend, struct cairn_error *error);

/*
 * Closes the files of the outside, when the machine will run no more: of serial
 * back ends ("file:PATH"), which take pending output first, and of packets
 * (",pcap=FILE"). A negative errno value, and in *error a file of which not all
 * was written, as on a full disk, also one that was closed before; the others
 * are closed all the same.
 */
int cairn_outputs_end(struct cairn_machine *machine, struct cairn_error *error);

/* ---- Disks --------------------------------------------------------------- */

/* Where the contents of a disk are kept. Strings are copied. */
struct cairn_disk {
    size_t size;         /* sizeof(struct cairn_disk) */
    const char *backend; /* "file:PATH": a disk image in a regular file */
    bool read_only;
    /* "raw" or "qcow2". NULL: what the name (".qcow2") and the contents agree
     * upon; a file where they do not is refused, since a guest may write the
     * header of any format to a raw disk. */
    const char *format;
    /* The file is only read. What the guest writes goes to a file that is gone
     * in the end, or to the qcow2 image `overlay`, which is made if there is
     * none. */
    bool temporary;
    const char *overlay; /* a path, or NULL */
};

/*
 * Connects a device that makes block requests to where the contents of its
 * disk are kept. Before the power comes on or a snapshot is loaded. Size and
 * read_only are of the machine's identity, by which snapshots are checked; the
 * contents are not part of snapshots: going back to one does not undo writes.
 *
 * A request takes as much virtual time as the device's model says, and
 * cairn_run waits for the host where that took longer, so a run depends on the
 * contents alone. Taking a snapshot waits for requests that change them.
 *
 * -ENOENT without such a device, -EBUSY if it has a back end already or the
 * machine has state, or the host's error.
 */
int cairn_disk_connect(struct cairn_machine *machine, const char *device,
                       const struct cairn_disk *disk,
                       struct cairn_error *error);
/* Names that it takes; NULL past the end. */
const char *cairn_disk_name(const struct cairn_machine *machine, size_t index);

/* ---- TPM ----------------------------------------------------------------- */

/*
 * Connects the TPM of a board that has one (cairn_guest.tpm, or an overlay) to
 * swtpm: "unix:PATH", the control socket of one that runs, or a folder, with
 * which one is started until the machine is destroyed; NULL: to nothing, for a
 * run whose inputs are a list. Before the power comes on.
 *
 * A command takes as much virtual time as the device's model says, and its
 * response is an input of the run. The state of the TPM is in files of
 * cairn_save, and cairn_load puts it into the TPM that is connected then. One
 * that is connected to nothing has none: cairn_save refuses, with -ENOTSUP.
 *
 * -ENOENT without a TPM or without swtpm, -EBUSY if it is connected already or
 * the machine has state, or the host's error.
 */
int cairn_tpm_connect(struct cairn_machine *machine, const char *backend,
                      struct cairn_error *error);

/*
 * Gives entropy devices (virtio) the bytes of the host's generator, which are
 * inputs of the run, in place of the machine's seeded ones. Before the power
 * comes on. -ENOENT without such a device, -EBUSY as above.
 */
int cairn_entropy_connect(struct cairn_machine *machine,
                          struct cairn_error *error);

/*
 * Connects a socket device (virtio) to Unix sockets. A program of the host
 * connects to path and writes "CONNECT PORT\n"; "OK PORT\n" is the answer when
 * the guest has accepted. A guest that connects to a port of the host reaches
 * the program that listens at path_PORT. Sequenced packets go the same ways
 * over sockets of type SOCK_SEQPACKET, programs connecting to path_packets with
 * these lines as first messages. device NULL: the first; path NULL: to nothing,
 * for a run whose inputs are a list. Connections are not in snapshots: a
 * machine that continues from one hears that they are gone. Errors as above.
 */
int cairn_vsock_connect(struct cairn_machine *machine, const char *device,
                        const char *path, struct cairn_error *error);

/* ---- Networks ------------------------------------------------------------ */

/*
 * Connects a network device to a network of the host: "user", "tap,name=tap0",
 * "socket,listen=unix:PATH", "switch,path=PATH", "none", each with options of
 * its kind and ",pcap=FILE". Before the power comes on or a snapshot is loaded.
 *
 * Packets are inputs of the machine like others. While a kind that is live is
 * connected, time in which the machine sleeps is the host's: cairn_run waits,
 * and serves the network. -EINVAL for words that are none, -ENXIO without such
 * a device, -EBUSY if it has a network already or the machine has state, or the
 * host's error.
 */
int cairn_net_connect(struct cairn_machine *machine, const char *device,
                      const char *backend, struct cairn_error *error);
/* Makes the files of ",pcap=FILE", into which packets go from then on. */
int cairn_net_make_logs(struct cairn_machine *machine,
                        struct cairn_error *error);
/* Names that it takes; NULL past the end. */
const char *cairn_net_name(const struct cairn_machine *machine, size_t index);

struct cairn_net_kind {
    const char *name;
    const char *purpose;
    bool live;     /* has peers, so no two runs are the same */
    bool connects; /* makes connections while the machine runs */
    bool peers;    /* takes calls of sockets that are open before */
};
/* -ENOENT past the end. */
int cairn_net_kind(size_t index, struct cairn_net_kind *kind);
/* Checks whether the words are well-formed: 0 or -EINVAL. */
int cairn_net_check(const char *backend, struct cairn_error *error);
/* The index-th value of an option in words that are, which the caller frees;
 * NULL: it is not given so often. */
char *cairn_net_value(const char *backend, const char *option, size_t index);

/* ---- Folders ------------------------------------------------------------- */

/* A folder of the host for the guest, by a device of the board that speaks the
 * protocol. */
struct cairn_share {
    size_t size; /* sizeof(struct cairn_share) */
    const char *path;
    const char *protocol; /* "fs" (FUSE) or "9p" (9P2000.L) */
    bool read_only;
    /* Users, groups and modes of the guest are kept, in extended attributes;
     * else all is done as the user of this process, whom the guest sees as uid
     * and gid. */
    bool keep_owners;
    uint32_t uid;
    uint32_t gid;
    const char *cache; /* of fs: "auto" (NULL), "none" or "always" */
    /* For fs: who sees the locks of the guest's processes: "guest" (NULL), they
     * alone, or "host", its programs and other guests too. */
    const char *locks;
};

/*
 * Connects a device that asks for files to a folder, which nothing that the
 * guest does leaves, also by symbolic links. Before the power comes on or a
 * snapshot is loaded. What the guest asks and gets are inputs of the run; the
 * contents are not part of snapshots, nor are the files that the guest has
 * open there.
 *
 * -ENOENT without such a device, -EBUSY if it has a folder already or the
 * machine has state, -EINVAL for words that are none, or the host's error.
 */
int cairn_share_connect(struct cairn_machine *machine, const char *device,
                        const struct cairn_share *share,
                        struct cairn_error *error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
