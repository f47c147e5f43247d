#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A folder with others' firmware of the AST2700 in which the device trees of
U-Boot and of Linux have more devices than upstream's: those of
tests/ast2700/u-boot.dtsi and tests/ast2700/linux.dtsi.

    trees.py FOLDER NEW [KERNEL]

NEW gets links to what is in FOLDER, but u-boot.bin and ast2700-evb.dtb, which
are made, and a link of the name Image to the file KERNEL of FOLDER. U-Boot has its
tree behind its code. Neither tree has symbols, so that the additions are put
behind the text of the tree instead of being laid over it."""
import os
import struct
import subprocess
import sys

MAGIC = b'\xd0\x0d\xfe\xed'


def dtc(form, text):
    source = 'dtb' if form == 'dts' else 'dts'
    return subprocess.run(['dtc', '-q', '-I', source, '-O', form],
                          input=text, stdout=subprocess.PIPE,
                          check=True).stdout


def extended(tree, additions):
    path = os.path.join(os.path.dirname(__file__), additions)
    with open(path, 'rb') as file:
        return dtc('dtb', dtc('dts', tree) + file.read())


def tree_at_end(image):
    """Where the device tree begins that reaches to the end of the image."""
    at = image.rfind(MAGIC)
    while at >= 0:
        if struct.unpack_from('>I', image, at + 4)[0] == len(image) - at:
            return at
        at = image.rfind(MAGIC, 0, at)
    sys.exit('trees.py: u-boot.bin does not end with a device tree')


def main():
    folder, new = sys.argv[1:3]
    kernel = sys.argv[3] if len(sys.argv) > 3 else 'Image'

    def read(name):
        with open(os.path.join(folder, name), 'rb') as file:
            return file.read()

    def write(name, data):
        with open(os.path.join(new, name), 'wb') as file:
            file.write(data)
    made = ('Image', 'u-boot.bin', 'ast2700-evb.dtb')
    os.mkdir(new)
    for name in os.listdir(folder):
        if name not in made:
            os.symlink(os.path.join(folder, name), os.path.join(new, name))
    os.symlink(os.path.join(folder, kernel), os.path.join(new, 'Image'))
    u_boot = read('u-boot.bin')
    at = tree_at_end(u_boot)
    write('u-boot.bin',
          u_boot[:at] + extended(u_boot[at:], 'u-boot.dtsi'))
    write('ast2700-evb.dtb',
          extended(read('ast2700-evb.dtb'), 'linux.dtsi'))


main()
