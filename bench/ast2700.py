#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Board ast2700 beside QEMU's ast2700a1-evb: from power-on to U-Boot's prompt and
to Linux's shell with the same images, from the folder that CAIRN_AST2700 names.
QEMU has neither boot MCU nor root of trust: its four Cortex-A35 start in BL31, with
the images in DRAM. Lines are: figure, ours, QEMU's, ratio, unit, separated by tabs.

    CAIRN_BENCH_RUNS=3    runs of each, of which the median counts"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

OUT = os.environ.get('OUT', 'build/out/release')
RUNS = int(os.environ.get('CAIRN_BENCH_RUNS', '3'))
LIMIT_S = 120
IDLE_S = 1
FLASH_SIZE = 0x8000000  # QEMU wants all of the chip
ARGUMENTS = 'setenv bootargs console=ttyS0,115200n8; '
BOOT = ARGUMENTS + 'setenv fdtspiaddr 100420000; run bootspi'
PROMPT = [('stop autoboot', ' '), ('=> ', None)]
SHELL = [('stop autoboot', ' '), ('=> ', BOOT + '\r'),
         ('init: 4 processors', None)]


def peak_of(process):
    """Ends it; the most memory that it had, in MiB."""
    if process.returncode is None:
        process.terminate()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_maxrss / 1024


def resident(process):
    """MiB that it has now."""
    with open('/proc/%d/status' % process.pid, encoding='ascii') as status:
        return next(int(row.split()[1]) for row in status
                    if row.startswith('VmRSS:')) / 1024


def talk(command, environment, dialogue):
    """Seconds until the last text, the most MiB till then, and those that it has
    a second later, when it waits; None if a text does not come."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    os.set_blocking(process.stdout.fileno(), False)
    heard = b''
    took = None
    for text, answer in dialogue:
        while text.encode() not in heard:
            if time.monotonic() - begin > LIMIT_S or process.poll() is not None:
                process.kill()
                process.wait()
                return None
            heard += process.stdout.read() or b''
            time.sleep(0.002)
        heard = heard.split(text.encode(), 1)[1]
        took = time.monotonic() - begin
        if answer:
            process.stdin.write(answer.encode())
            process.stdin.flush()
    time.sleep(IDLE_S)
    idle = resident(process)
    return took, peak_of(process), idle


def ours_at_prompt(flash):
    """The same of ours, which waits for a text that never comes."""
    command = [OUT + '/cairn', 'run', 'ast2700', *flash, '--console', 'uart12',
               '--expect', 'stop autoboot', '--type', ' ', '--expect',
               'a text that never comes']
    return talk(command, None, [(text, None) for text, _ in PROMPT])


def ours(flash, dialogue):
    command = [OUT + '/cairn', 'run', 'ast2700', *flash, '--console', 'uart12',
               '-q', '--max-instructions', '20G']
    for text, answer in dialogue:
        command += ['--expect', text]
        command += ['--type', answer.replace('\r', '\\n')] if answer else []
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    took = time.monotonic() - begin
    return None if status else (took, usage.ru_maxrss / 1024)


def behind_root_of_trust(files, folder):
    """The same to U-Boot's prompt, with each image authorised by Caliptra."""
    images = [item for name, file in (('bl31', 'bl31.bin'),
                                      ('optee', 'tee-raw.bin'),
                                      ('u-boot', 'u-boot.bin'))
              for item in ('--image', '%s=%s/%s' % (name, files, file))]
    subprocess.run([OUT + '/cairn', 'pack', 'ast2700', 'boards/ast2700.yaml',
                    '--quiet', *images, '--out', folder + '/own', '--fuse-array',
                    folder + '/fuses'], check=True)
    return ['--flash', folder + '/own', '--fuse-array', folder + '/fuses']


def find_peer():
    """The newest that Debian has: its path, and an environment for it."""
    lines = subprocess.run(['bench/peer.sh', 'aarch64', 'newest'], check=False,
                           text=True, stdout=subprocess.PIPE).stdout.split('\n')
    if not lines[0]:
        return None
    environment = dict(os.environ)
    if lines[1]:
        environment['LD_LIBRARY_PATH'] = lines[1]
    version = subprocess.run([lines[0], '--version'], check=True, text=True,
                             stdout=subprocess.PIPE, env=environment)
    print('peer\t' + version.stdout.split('\n', maxsplit=1)[0])
    return lines[0], environment


def peer(program, files, folder, dialogue):
    command = [program[0], '-M', 'ast2700a1-evb', '-display', 'none', '-monitor',
               'none', '-serial', 'stdio', '-net', 'none', '-snapshot', '-drive',
               'file=%s/whole,format=raw,if=mtd' % folder]
    # QEMU 11 does not start without vbootrom, though nothing executes it here.
    command += ['-L', files]
    for address, name in ((0x400000000, 'u-boot.bin'), (0x430000000, 'bl31.bin'),
                          (0x430080000, 'tee-raw.bin')):
        command += ['-device', 'loader,force-raw=on,addr=0x%x,file=%s/%s'
                    % (address, files, name)]
    # EP0: U-Boot.
    command += ['-device', 'loader,addr=0x12c02784,data=4,data-len=4']
    for core in range(4):
        command += ['-device', 'loader,cpu-num=%d,addr=0x430000000' % core]
    return talk(command, program[1], dialogue)


def median(results, part):
    values = [result[part] for result in results if result]
    return statistics.median(values) if len(values) == RUNS else None


def line(name, own, other, unit):
    ratio = '%.2f' % (other / own) if own and other else '-'
    print('\t'.join([name] + ['-' if value is None else '%.2f' % value
                              for value in (own, other)] + [ratio, unit]))
    if own is None:
        print('bench: %s: the run failed' % name, file=sys.stderr)


def main():
    files = os.environ.get('CAIRN_AST2700')
    if not files:
        print('bench: firmware: CAIRN_AST2700 names no folder', file=sys.stderr)
        return
    files = os.path.abspath(files)
    program = find_peer()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, 'tests/ast2700/flash.py', files,
                        folder + '/flash', folder + '/mcu', folder + '/vboot'],
                       check=True)
        with open(folder + '/flash', 'rb') as small, \
                open(folder + '/whole', 'wb') as whole:
            whole.write(small.read().ljust(FLASH_SIZE, b'\xff'))
        spl = ['--image', 'mcu_rom=' + folder + '/mcu', '--image',
               'boot_flash=' + folder + '/flash']
        own = behind_root_of_trust(files, folder)
        for name, dialogue, start in (
                ("U-Boot's prompt", PROMPT, spl),
                ("U-Boot's prompt, with a root of trust", PROMPT, own),
                ("Linux's shell", SHELL, spl)):
            others = [peer(program, files, folder, dialogue) if program else None
                      for _ in range(RUNS)]
            owns = [ours(start, dialogue) for _ in range(RUNS)]
            line('power-on to ' + name, median(owns, 0), median(others, 0), 's')
            line('most memory to ' + name, median(owns, 1), median(others, 1),
                 'MiB')
            if dialogue is PROMPT:
                idle = [ours_at_prompt(start) for _ in range(RUNS)]
                line('memory at ' + name, median(idle, 2), median(others, 2),
                     'MiB')
            if program and median(others, 0) is None:
                print('bench: power-on to %s: QEMU does not come so far' % name,
                      file=sys.stderr)


main()
