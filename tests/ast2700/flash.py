#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The boot flash of an AST2700 with others' firmware from a folder: U-Boot's SPL
for the boot MCU behind a header of version 1, a FIT with what the SPL loads, and
one with Linux. Beside it the code that the boot MCU starts with, which is ours,
as its ROM's is not public.

    flash.py FOLDER FLASH ROM VBOOT_ROM [SIZE]

VBOOT_ROM is for a ROM of the Cortex-A35's own, vbootrom. SIZE fills the flash up, for emulators that want all of it."""
import gzip
import os
import struct
import sys

FIT_AT = 0xC0000      # CONFIG_SPL_LOAD_FIT_ADDRESS
LINUX_AT = 0x420000   # partition "kernel" of Linux's device tree
DRAM = 0x400000000
MCU_DRAM = 0x80000000  # the same, as the boot MCU sees it
RELEASE = 0x8F000000

# Has the flash controller read with command 13, which sends 4 bytes of address
# whatever mode the chip is in, as an operating system may have left the two in
# different ones. Copies 96 KiB from the flash's window at 20000000 to 14bc0000,
# and goes on behind the header there, where the SPL is linked.
ROM = [0x140002B7, 0x0042A303, 0x00136313, 0x0062A223, 0x00130337, 0x00136313,
       0x0062A823, 0x200002B7, 0x14BC0337, 0x14BD83B7, 0x0002AE03, 0x01C32023,
       0x00428293, 0x00430313, 0xFE7368E3, 0x0000100F, 0x14BC0337, 0x08030313,
       0x00030067]
# In SCU0: RVBAR0 to 3 (BL31), EP0 (U-Boot), no EP1 to 3, release, and waits.
# Upstream's SPL has no code that does this.
RELEASE_CODE = [
    0x12C022B7, 0x43000337, 0x1062A823, 0x1062AA23, 0x1062AC23, 0x1062AE23,
    0x7802A023, 0x00400393, 0x7872A223, 0x7802A423, 0x7802A623, 0x7802A823,
    0x7802AA23, 0x7802AC23, 0x7802AE23, 0x00100393, 0x1072A623, 0x10500073,
    0xFFDFF06F]
# Says that DRAM is trained and where U-Boot will be (EP0), and releases the
# Cortex-A35 at 0, where they start in QEMU.
VBOOT_ROM = [0x12C022B7, 0x12C03337, 0x90030313, 0x00032383, 0x0403E393,
             0x00732023, 0x00400393, 0x7872A223, 0x00100393, 0x1072A623,
             0x10500073, 0xFFDFF06F]


def words(list_of_words):
    return struct.pack('<%dI' % len(list_of_words), *list_of_words)


class Tree:
    """A flattened device tree that is written in one go."""

    def __init__(self):
        self.structure = b''
        self.names = b''
        self.offsets = {}

    def prop(self, name, value):
        if isinstance(value, str):
            value = value.encode() + b'\0'
        if name not in self.offsets:
            self.offsets[name] = len(self.names)
            self.names += name.encode() + b'\0'
        self.structure += struct.pack('>III', 3, len(value),
                                      self.offsets[name])
        self.structure += value + b'\0' * (-len(value) % 4)

    def begin(self, name):
        text = name.encode() + b'\0'
        self.structure += struct.pack('>I', 1) + text + b'\0' * (-len(text) % 4)

    def end(self):
        self.structure += struct.pack('>I', 2)

    def bytes(self):
        structure = self.structure + struct.pack('>I', 9)
        at = 40 + 16
        total = at + len(structure) + len(self.names)
        total += -total % 4
        head = struct.pack('>10I', 0xD00DFEED, total, at, at + len(structure),
                           40, 17, 16, 0, len(self.names), len(structure))
        return (head + bytes(16) + structure + self.names).ljust(total, b'\0')


def fit(cells, images, configuration):
    """images: name, bytes, address, entry or None, other properties."""
    tree = Tree()
    tree.begin('')
    tree.prop('description', 'AST2700')
    tree.prop('timestamp', struct.pack('>I', 0x60000000))
    tree.prop('#address-cells', struct.pack('>I', cells))
    tree.begin('images')
    for name, data, address, entry, others in images:
        form = '>Q' if cells == 2 else '>I'
        tree.begin(name)
        tree.prop('description', name)
        tree.prop('data', data)
        tree.prop('load', struct.pack(form, address))
        if entry is not None:
            tree.prop('entry', struct.pack(form, entry))
        for key, value in others.items():
            tree.prop(key, value)
        tree.end()
    tree.end()
    tree.begin('configurations')
    tree.prop('default', 'conf')
    tree.begin('conf')
    tree.prop('description', 'all')
    for key, value in configuration.items():
        tree.prop(key, value)
    for _ in range(3):
        tree.end()
    return tree.bytes()


def boot_fit(read):
    def kind(what, arch, system):
        return {'type': what, 'arch': arch, 'os': system, 'compression': 'none'}
    images = [
        ('release', words(RELEASE_CODE), RELEASE, RELEASE,
         kind('firmware', 'riscv', 'u-boot')),
        ('uboot', read('u-boot.bin'), MCU_DRAM, MCU_DRAM,
         kind('standalone', 'arm64', 'u-boot')),
        ('atf', read('bl31.bin'), 0xB0000000, 0xB0000000,
         kind('firmware', 'arm64', 'arm-trusted-firmware')),
        ('tee', read('tee-raw.bin'), 0xB0080000, 0xB0080000,
         kind('tee', 'arm64', 'tee')),
    ]
    return fit(1, images, {'firmware': 'release',
                           'loadables': 'uboot\0atf\0tee'})


def linux_fit(read):
    arm64 = {'arch': 'arm64', 'os': 'linux'}
    kernel = gzip.compress(read('Image'), 6, mtime=0)
    images = [
        ('kernel', kernel, DRAM + 0x10000000, DRAM + 0x10000000,
         {'type': 'kernel', 'compression': 'gzip', **arm64}),
        ('fdt', read('ast2700-evb.dtb'), DRAM + 0x8000000, None,
         {'type': 'flat_dt', 'arch': 'arm64', 'compression': 'none'}),
        ('ramdisk', read('initramfs.cpio.gz'), DRAM + 0x9000000, None,
         {'type': 'ramdisk', 'compression': 'none', **arm64}),
    ]
    return fit(2, images, {'kernel': 'kernel', 'fdt': 'fdt',
                           'ramdisk': 'ramdisk'})


def flash(read):
    spl = read('u-boot-spl-nodtb.bin')
    # The tree is where the SPL's image ends, which its linker script aligns.
    spl += b'\0' * (-len(spl) % 8) + read('u-boot-spl.dtb')
    spl += b'\0' * (-len(spl) % 64)
    # Training firmware for the DDR PHY is Synopsys's; zeros stand in for it.
    blobs = range(1, 7)
    header = struct.pack('<III', 0x48545341, 1, len(spl))
    header += b''.join(struct.pack('<II', kind, 64) for kind in blobs)
    image = header.ljust(128, b'\0') + spl + bytes(64 * len(blobs))
    for at, part in (FIT_AT, boot_fit(read)), (LINUX_AT, linux_fit(read)):
        if len(image) > at:
            sys.exit('flash.py: what is before 0x%x is too long' % at)
        image = image.ljust(at, b'\xff') + part
    return image


def main():
    folder, flash_path, rom_path, vboot_path = sys.argv[1:5]
    size = int(sys.argv[5], 0) if len(sys.argv) > 5 else 0

    def read(name):
        with open(os.path.join(folder, name), 'rb') as file:
            return file.read()
    with open(flash_path, 'wb') as file:
        file.write(flash(read).ljust(size, b'\xff'))
    for path, code in (rom_path, ROM), (vboot_path, VBOOT_ROM):
        with open(path, 'wb') as file:
            file.write(bytes(128) + words(code))


main()
