#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boots a Caliptra core and sends commands to its mailbox.

    CAIRN_LIBRARY=/usr/lib/libcairn.so.0 ./boot.py rom.bin firmware.bundle
"""
import struct
import sys

import cairn

MAILBOX = 0x30020000
LOCK, CMD, DLEN, DATAIN = MAILBOX, MAILBOX + 8, MAILBOX + 0xC, MAILBOX + 0x10
DATAOUT, EXECUTE, STATUS = MAILBOX + 0x14, MAILBOX + 0x18, MAILBOX + 0x1C
REGISTERS = 0x30030000
TRNG_DATA, TRNG_STATUS = REGISTERS + 0x78, REGISTERS + 0xAC
# Who may use mailbox and generator, the watchdog, fuses done, and go.
SET_UP = {0x48: 1, 0x5C: 1, 0x70: 1, 0x74: 1, 0x110: 100000000, 0xB0: 1, 0xB8: 1}
FIRMWARE_LOAD, VERSION, CAPABILITIES = 0x46574C44, 0x46505652, 0x43415053
BUSY, DATA_READY, COMPLETE, FAILED = range(4)


def checksum(command, data):
    """Zero minus the sum of the bytes of command and data."""
    return -(sum(struct.pack("<I", command)) + sum(data)) & 0xFFFFFFFF


async def send(machine, bus, command, data):
    """A mailbox transaction; the response, or None for a failure."""
    while await bus.read(LOCK) & 1:
        pass
    await bus.write(CMD, command)
    await bus.write(DLEN, len(data))
    padded = data + bytes(-len(data) % 4)
    await bus.write_bytes(DATAIN, padded, width=4, fixed=True)
    await bus.write(EXECUTE, 1)
    while (status := struct.unpack("<I", bus.peek(STATUS))[0] & 15) == BUSY:
        await machine.wait_ns(10_000)
    response = b"" if status != FAILED else None
    if status == DATA_READY:
        size = await bus.read(DLEN)
        words = await bus.read_bytes(DATAOUT, (size + 3) // 4 * 4, width=4, fixed=True)
        response = words[:size]
    await bus.write(EXECUTE, 0)
    return response


async def call(machine, bus, command, data=b""):
    return await send(
        machine, bus, command, struct.pack("<I", checksum(command, data)) + data
    )


async def main(machine, bundle):
    bus = machine.bus("soc", user=1)

    def serve_randomness(level):
        for i in range(12 if level else 0):
            bus.write_now(TRNG_DATA + 4 * i, 0x9E3779B9 * (i + 1) & 0xFFFFFFFF)
        if level:
            bus.write_now(TRNG_STATUS, 2)

    machine.watch("soc_ifc.trng_req", serve_randomness)
    machine.power()
    machine.line("soc_ifc.security_state").level = 4  # without fuses
    machine.line("soc_ifc.cptra_pwrgood").level = 1
    machine.line("soc_ifc.cptra_rst_b").level = 1
    await machine.line("soc_ifc.ready_for_fuses").wait()
    for offset, value in SET_UP.items():
        await bus.write(REGISTERS + offset, value)
    await machine.line("soc_ifc.ready_for_fw").wait()
    print(f"{machine.time_ns / 1e6:.3f} ms: ready for firmware")
    await send(machine, bus, FIRMWARE_LOAD, bundle)
    await machine.line("soc_ifc.ready_for_runtime").wait()
    print(f"{machine.time_ns / 1e6:.3f} ms: ready for runtime")
    version = await call(machine, bus, VERSION)
    print(f"version: {version[24:36].rstrip(bytes(1)).decode()}")
    capabilities = await call(machine, bus, CAPABILITIES)
    print(f"capabilities: {capabilities[8:].hex()}")
    refused = await call(machine, bus, 0x12345678)
    print(f"an unknown command is {'refused' if refused is None else 'served'}")
    return 0 if version and capabilities and refused is None else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: boot.py ROM BUNDLE")
    with open(sys.argv[1], "rb") as rom, open(sys.argv[2], "rb") as file:
        with cairn.Machine("caliptra-1.1", {"rom": rom.read()}) as machine:
            code = machine.simulate(main(machine, file.read()))
            print(f"{machine.instructions} instructions, {len(machine.events())} events")
    sys.exit(code)
