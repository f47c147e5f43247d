# SPDX-License-Identifier: Apache-2.0
"""For tests of `cairn serve rot`: a server that is started and ended, and what
the commands of its runtime have to answer."""
import hashlib
import os
import signal
import struct
import subprocess
import tempfile

import rot_client as rot

OUT = os.environ.get('OUT', 'build/out/release')
CAIRN = OUT + '/cairn'
EMBEDDED = 'build/out/guest/caliptra/embedded/'
work = tempfile.mkdtemp()
servers = []


def default_signals():
    """A shell's background job has SIGINT ignored, and servers inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Server:
    """One that runs; gone at the end of the with block, by SIGTERM."""

    def __init__(self, *options, ready=True, name='s.sock'):
        self.path = os.path.join(work, name)
        self.process = subprocess.Popen(
            [CAIRN, 'serve', 'rot', '--socket', self.path, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=default_signals)
        servers.append(self.process)
        if ready:
            line = self.process.stdout.readline()
            assert line == 'ready on %s\n' % self.path, \
                line + self.process.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.end()

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        if number == signal.SIGTERM:
            assert self.process.returncode == 0, (self.process.returncode, err)
            assert not os.path.exists(self.path)
        return out, err


def same(got, expected):
    assert got == expected, 'got %r, expected %r' % (got, expected)


def refused(code, call, *words):
    try:
        call(*words)
    except rot.Refused as error:
        same(error.code, code)
        return error
    raise AssertionError('not refused')


def gone(wire):
    try:
        wire.take(1)
    except rot.Gone:
        return
    raise AssertionError('still connected')


def embedded(name):
    with open(EMBEDDED + name, 'rb') as file:
        return file.read()


# ---- Commands of the runtime -----------------------------------------------

def ask(client, code, body=b'', size=None):
    status, answer = rot.command(client, code, body)
    same(status, rot.DATA)
    if size is not None:
        same(len(answer), size)
    return answer


def sized(answer):
    size = struct.unpack('<I', answer[:4])[0]
    assert len(answer) >= 4 + size
    return answer[4:4 + size]


def inform(client):
    version = ask(client, 0x46505652, size=28)
    same(version[:4], b'SPIF')
    ask(client, 0x43415053, size=16)
    info = ask(client, 0x494E464F)
    assert len(info) in (256, 384)  # of 1.x, of 2.x
    same(info[16:20], bytes(4))  # attestation is on
    same(rot.command(client, 0x46504C54)[0], rot.DATA)  # SELF_TEST_START
    status, _ = rot.command(client, 0x46504C54)
    same(status, rot.FAILURE)  # one is under way
    for _ in range(100):
        if rot.command(client, 0x46504C67)[0] == rot.DATA:
            break
    else:
        raise AssertionError('the self-test does not end')
    same(rot.command(client, 0x11111111)[0], rot.FAILURE)
    body = struct.pack('<I', 1) + bytes(4)
    same(client.call(0x46505652, body)[0], rot.FAILURE)  # a wrong checksum


def identify(client):
    key = ask(client, 0x49444549, size=96)
    issuer = rot.number(key[:48]), rot.number(key[48:])
    for code in (0x4C444556, 0x43455246, 0x43455252):
        signed, r, s, key = rot.certificate(sized(ask(client, code)))
        assert rot.ecdsa_verify(issuer, hashlib.sha384(signed).digest(), r, s)
        issuer = key
    tbs = bytes(range(77))
    made = sized(ask(client, 0x49444543, struct.pack('<I', 77) + bytes(47) +
                     b'\1' + bytes(47) + b'\2' + tbs))
    assert tbs in made
    ask(client, 0x49444550, struct.pack('<I', 80) + bytes(80))
    ask(client, 0x414C544E, struct.pack('<I', 5) + b'a:b:c')
    assert rot.command(client, 0x49444352)[0] in (rot.DATA, rot.FAILURE)


def measure(client, fmc_alias_key):
    value = bytes(range(48))
    before = quote(client, bytes(32))[0][9]
    ask(client, 0x50435245, struct.pack('<I', 9) + value, size=0)
    pcrs, resets = quote(client, bytes(range(32)), fmc_alias_key)
    same(pcrs[9], hashlib.sha384(before + value).digest())
    ask(client, 0x50435252, struct.pack('<I', 9), size=0)
    same(quote(client, bytes(32))[1][9], resets[9] + 1)
    ask(client, 0x504C4F47)
    same(ask(client, 0x4D454153, b'abcd' + value + bytes(48) + bytes(4)), bytes(4))
    same(rot.command(client, 0x50435245, struct.pack('<I', 32) + value)[0],
         rot.FAILURE)


def quote(client, nonce, key=None):
    body = ask(client, 0x50435251, nonce, size=1840)
    pcrs = [body[48 * i:48 * i + 48] for i in range(32)]
    same(body[1536:1568], nonce)
    digest = body[1568:1616]
    same(digest, hashlib.sha384(body[:1568]).digest())
    resets = struct.unpack('<32I', body[1616:1744])
    r, s = rot.number(body[1744:1792]), rot.number(body[1792:1840])
    if key:
        assert rot.ecdsa_verify(key, digest, r, s)
    return pcrs, resets


def protect(client):
    code, profile = rot.dpe(client, 1, profile=0)
    if code != 0:
        code, profile = rot.dpe(client, 1)
    same((code, struct.unpack('<HH', profile[:4])), (0, (0, 12)))
    default = bytes(16)
    ask(client, 0x54514754, default + struct.pack('<I', 7), size=0)
    tagged = ask(client, 0x47544744, struct.pack('<I', 7), size=96)
    code, _ = rot.dpe(client, 8, default + bytes(range(48)) + struct.pack(
        '<III', 0x12000000, 0x41424344, 0))
    same(code, 0)
    code, key = rot.dpe(client, 9, default + struct.pack('<II', 0, 0) + bytes(48))
    same(code, 0)
    point = rot.number(key[16:64]), rot.number(key[64:112])
    same(rot.certificate(key[116:])[3], point)
    digest = hashlib.sha384(tagged).digest()
    code, made = rot.dpe(client, 10, default + bytes(48) + bytes(4) + digest)
    same(code, 0)
    assert rot.ecdsa_verify(point, digest, rot.number(made[16:64]),
                            rot.number(made[64:112]))
    code, chain = rot.dpe(client, 16, struct.pack('<II', 0, 2048))
    # The IDevID certificate that was installed, then those of the part.
    same((code, chain[4:84], chain[84]), (0, bytes(80), 0x30))
    code, handle = rot.dpe(client, 14, default + struct.pack('<I', 0))
    same(code, 0)
    same(rot.dpe(client, 14, handle + struct.pack('<I', 0x80000000))[0], 0)
    ask(client, 0x434B4558, struct.pack('<I', 0) + default +
        struct.pack('<II', 0, 0) + bytes(48))


def verify(client, bus):
    message = b'a message of twenty-eight by'
    digest = hashlib.sha384(message).digest()
    rot.digest_into_accelerator(bus, message)
    r, s = rot.ecdsa_sign(12345, digest)
    x, y = rot.times(12345, rot.G)
    good = b''.join(v.to_bytes(48, 'big') for v in (x, y, r, s))
    bad = b''.join(v.to_bytes(48, 'big') for v in (x, y, s, r))
    ask(client, 0x53494756, good, size=0)
    same(rot.command(client, 0x53494756, bad)[0], rot.FAILURE)
    lms = rot.lms_signed(digest)
    ask(client, 0x4C4D5356, lms, size=0)
    same(rot.command(client, 0x4C4D5356, lms[:-1] + b'?')[0], rot.FAILURE)
    same(ask(client, 0x41545348, bytes(48 + 48 + 4) + bytes(4) +
             struct.pack('<II', 1, 1))[:4], struct.pack('<I', 0x21523F21))


def all_commands(client, bus):
    """All of the runtime of 1.x but those that need a manifest of the SoC."""
    inform(client)
    fmc_alias = rot.certificate(sized(ask(client, 0x43455246)))[3]
    identify(client)
    protect(client)
    measure(client, fmc_alias)
    verify(client, bus)
    ask(client, 0x4453424C, size=0)
    same(ask(client, 0x494E464F)[16:20], struct.pack('<I', 1))
    ask(client, 0x46505344, size=0)  # SHUTDOWN, after which there is nothing


def load_firmware(client):
    status, _ = client.call(0x46574C44, embedded('firmware.bundle'))
    same(status, rot.COMPLETE)


def await_runtime(bus):
    for _ in range(100000):
        if bus.read(rot.IFC + 0x3C) >> 29 & 1:
            return
    raise AssertionError('the runtime is not ready')
