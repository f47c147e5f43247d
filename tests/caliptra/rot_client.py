# SPDX-License-Identifier: Apache-2.0
"""Clients of `cairn serve rot`, written from the descriptions of its protocols
and of the part, without any of our code: CPTR, MBOX and CAIR, and what a
program needs beside them to check a part's answers (P-384, LMS, DER)."""
import collections
import hashlib
import socket
import struct
import time

REGISTERS, MAILBOX, OWN = 0x43505452, 0x4D424F58, 0x43414952
BUSY, DATA, COMPLETE, FAILURE = range(4)
(NONE, MAGIC, VERSION, COMMAND, LENGTH, HELLO, VALUE, ADDRESS, BUS, HELD, LIMIT,
 FATAL, NAME, STATE, BOOT, STALLED, ENDING, FULL) = range(18)
MBOX, IFC, SHA = 0x30020000, 0x30030000, 0x30021000


class Refused(Exception):
    """The server's error reply."""

    def __init__(self, code, text=''):
        super().__init__('error %d %s' % (code, text))
        self.code, self.text = code, text


class Gone(Exception):
    """The server closed the connection."""


class Wire:
    """Frames over a socket."""

    def __init__(self, path, magic, timeout=20):
        self.magic = magic
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        for _ in range(200):
            try:
                self.socket.connect(path)
                break
            except BlockingIOError:  # as many wait already as may
                time.sleep(0.01)

    def close(self):
        self.socket.close()

    def send(self, command, payload=b'', version=1):
        self.socket.sendall(struct.pack('<IHHI', self.magic, version, command,
                                        len(payload)) + payload)

    def take(self, size):
        parts = []
        while size:
            try:
                part = self.socket.recv(min(size, 1 << 20))
            except ConnectionError as error:
                raise Gone from error
            if not part:
                raise Gone
            parts.append(part)
            size -= len(part)
        return b''.join(parts)

    def receive(self):
        magic, version, command, length = struct.unpack('<IHHI', self.take(12))
        assert (magic, version) == (self.magic, 1), 'a reply of another protocol'
        return command, self.take(length)


class Registers(Wire):
    """CPTR."""

    def __init__(self, path, **more):
        super().__init__(path, REGISTERS, **more)

    def reply(self, expected, size):
        command, payload = self.receive()
        if command & 0xFF00 == 0xE000:
            assert payload == b''
            raise Refused(command & 0xFF)
        assert command == expected and len(payload) == size
        return payload

    def read(self, address):
        self.send(3, struct.pack('<I', address))
        return struct.unpack('<I', self.reply(4, 4))[0]

    def write(self, address, value):
        self.send(5, struct.pack('<II', address, value))
        self.reply(6, 0)

    def call(self, command, payload):
        return by_registers(self, command, payload)


class Mailbox(Wire):
    """MBOX."""

    def __init__(self, path, **more):
        super().__init__(path, MAILBOX, **more)

    def call(self, command, payload):
        padded = payload + bytes(-len(payload) % 4)
        self.send(1, struct.pack('<II', command, len(payload)) + padded)
        return self.answer()

    def answer(self):
        reply, body = self.receive()
        assert reply == 2 and len(body) >= 8
        status, size = struct.unpack('<II', body[:8])
        assert len(body) == 8 + size + -size % 4
        return status, body[8:8 + size]


Greeting = collections.namedtuple(
    'Greeting', 'version reserved can client user window size most access')


class Own(Wire):
    """CAIR."""

    def __init__(self, path, greet=True, **more):
        super().__init__(path, OWN, **more)
        self.tag = 0
        self.time = 0
        self.told = []
        if greet:
            self.greeting = self.hello()

    def ask(self, command, payload=b''):
        self.tag += 1
        self.send(command, struct.pack('<I', self.tag) + payload)
        return self.tag

    def reply(self, command, tag):
        while True:
            number, body = self.receive()
            if number & 0x8000:
                break
            self.told.append((number,) + struct.unpack('<IIQ', body[:16]))
        got, error, self.time = struct.unpack('<IIQ', body[:16])
        assert number == (0x8000 | command) and got == tag
        if error:
            raise Refused(error, body[16:].decode())
        return body[16:]

    def request(self, command, payload=b''):
        return self.reply(command, self.ask(command, payload))

    def hello(self, least=1, most=1, name=b'rot_client.py'):
        body = self.request(1, struct.pack('<HH', least, most) + name)
        assert body[36:].startswith(b'cairn ')
        return Greeting(*struct.unpack('<HHIIIIIIQ', body[:36]))

    def read_words(self, address, count=1, same=False):
        body = self.request(3, struct.pack('<IHH', address, count, same))
        return struct.unpack('<%dI' % count, body)

    def read(self, address):
        return self.read_words(address)[0]

    def write_words(self, address, words, same=False):
        self.request(4, struct.pack('<IHH%dI' % len(words), address, len(words),
                                    same, *words))

    def write(self, address, value):
        self.write_words(address, [value])

    def mailbox(self, command, payload=b'', checksum=True):
        body = self.request(5, struct.pack('<II', command, checksum) + payload)
        return struct.unpack('<I', body[:4])[0], body[4:]

    def call(self, command, payload):
        return self.mailbox(command, payload, checksum=False)

    def run(self, ns, stop_at_lines=False):
        return struct.unpack(
            '<I', self.request(6, struct.pack('<QI', ns, stop_at_lines)))[0]

    def next_event(self):
        return struct.unpack('<Q', self.request(7))[0]

    def reset(self, kind, stage=0xFFFFFFFF):
        self.request(8, struct.pack('<II', {'warm': 1, 'cold': 2}[kind], stage))

    def fuses(self, text):
        self.request(9, text.encode())

    def lines(self):
        """Names behind '<' for lines that the outside drives, '>' for others."""
        return self.request(10).decode().split('\0')[:-1]

    def line(self, name):
        return struct.unpack('<I', self.request(11, name.encode()))[0]

    def set_line(self, name, level):
        self.request(12, struct.pack('<I', level) + name.encode())

    def watch(self, name, on=True):
        return struct.unpack(
            '<II', self.request(13, struct.pack('<I', on) + name.encode()))

    def save(self):
        return self.request(14)

    def load(self, state):
        self.request(15, state)

    def status(self):
        return struct.unpack('<10I', self.request(16))

    def set_user(self, user):
        self.request(17, struct.pack('<I', user))

    def pace(self, ns):
        self.request(18, struct.pack('<Q', ns))


# ---- The part --------------------------------------------------------------

def checksum(command, payload):
    return -(sum(struct.pack('<I', command)) + sum(payload)) & 0xFFFFFFFF


def by_registers(bus, command, payload):
    """A command of the mailbox, one register at a time."""
    for _ in range(1000):
        if bus.read(MBOX) & 1 == 0:
            break
    else:
        raise Refused(HELD, 'the lock is not free')
    bus.write(MBOX + 8, command)
    bus.write(MBOX + 12, len(payload))
    padded = payload + bytes(-len(payload) % 4)
    for word in struct.unpack('<%dI' % (len(padded) // 4), padded):
        bus.write(MBOX + 16, word)
    bus.write(MBOX + 24, 1)
    for _ in range(1000000):
        status = bus.read(MBOX + 28) & 15
        if status != BUSY:
            break
    answer = b''
    if status == DATA:
        size = bus.read(MBOX + 12)
        words = [bus.read(MBOX + 20) for _ in range(0, size, 4)]
        answer = struct.pack('<%dI' % len(words), *words)[:size]
    bus.write(MBOX + 24, 0)
    return status, answer


def command(client, code, body=b''):
    """With checksum, and the checks of the response; its body behind both."""
    status, answer = client.call(
        code, struct.pack('<I', checksum(code, body)) + body)
    if status != DATA:
        return status, b''
    total, fips = struct.unpack('<II', answer[:8])
    assert total == checksum(0, answer[4:]), 'checksum of the response'
    assert fips == 0, 'FIPS status'
    return status, answer[8:]


def dpe(client, number, body=b'', profile=4):
    request = struct.pack('<III', 0x44504543, number, profile) + body
    status, answer = command(client, 0x44504543,
                             struct.pack('<I', len(request)) + request)
    assert status == DATA
    size = struct.unpack('<I', answer[:4])[0]
    magic, code, _ = struct.unpack('<III', answer[4:16])
    assert magic == 0x44504552 and len(answer) == 4 + size
    return code, answer[16:]


def digest_into_accelerator(bus, message):
    bus.write(SHA, 1)
    assert bus.read(SHA) & 1 == 0
    bus.write(SHA + 8, 4)
    bus.write(SHA + 16, len(message))
    for word in struct.unpack('>%dI' % (len(message) // 4), message):
        bus.write(SHA + 20, word)
    bus.write(SHA + 24, 1)
    while bus.read(SHA + 28) & 1 == 0:
        pass
    words = [bus.read(SHA + 32 + 4 * i) for i in range(12)]
    assert struct.pack('>12I', *words) == hashlib.sha384(message).digest()


FUSES_1 = {'uds_seed': (0x200, 12), 'field_entropy': (0x230, 8),
           'vendor_key_hash': (0x250, 12), 'owner_key_hash': (0x284, 12),
           'ecc_revocation': (0x280, 0), 'lms_verify': (0x340, 0),
           'lms_revocation': (0x344, 0)}


def bring_up(bus, pins, fuses):
    """The SoC's duties up to the firmware, by registers; pins by CAIR."""
    for name in ('cptra_pwrgood', 'cptra_rst_b'):
        pins.set_line('soc_ifc.' + name, 1)
    while bus.read(IFC + 0x3C) >> 30 & 1 == 0:
        pass
    for line in fuses.splitlines():
        name, _, value = line.partition('#')[0].partition('=')
        name, value = name.strip(), value.strip()
        if name in FUSES_1:
            offset, count = FUSES_1[name]
            words = (struct.unpack('>%dI' % count, bytes.fromhex(value)[:4 * count])
                     if count else (int(value, 0),))
            for i, word in enumerate(words):
                bus.write(IFC + offset + 4 * i, word)
    for offset, value in ((0x48, 1), (0x5C, 1), (0x70, 1), (0x74, 1),
                          (0x110, 100000000), (0xB0, 1), (0xB8, 1)):
        bus.write(IFC + offset, value)
    while bus.read(IFC + 0x3C) >> 28 & 1 == 0:
        pass


# ---- Answers ---------------------------------------------------------------

P = 2**384 - 2**128 - 2**96 + 2**32 - 1
N = int('ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf'
        '581a0db248b0a77aecec196accc52973', 16)
G = (int('aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38'
         '5502f25dbf55296c3a545e3872760ab7', 16),
     int('3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c0'
         '0a60b1ce1d7e819d7a431d7c90ea0e5f', 16))


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    out = None
    while k:
        if k & 1:
            out = add(out, point)
        point = add(point, point)
        k >>= 1
    return out


def number(data):
    return int.from_bytes(data, 'big')


def ecdsa_sign(private, digest, nonce=0x1234567890ABCDEF):
    r = times(nonce, G)[0] % N
    return r, pow(nonce, -1, N) * (number(digest) + r * private) % N


def ecdsa_verify(key, digest, r, s):
    if not (0 < r < N and 0 < s < N):
        return False
    w = pow(s, -1, N)
    point = add(times(number(digest) * w % N, G), times(r * w % N, key))
    return point is not None and point[0] % N == r


def der(data):
    """Tag, content and rest of the first element."""
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7F
        size = number(data[2:at])
    return data[0], data[at:at + size], data[at + size:]


def certificate(data):
    """The signed part, r, s and the public key of an X.509 certificate."""
    tag, inside, rest = der(data)
    assert tag == 0x30
    _, body, after = der(inside)
    signed = inside[:len(inside) - len(after)]
    _, _, after = der(after)
    _, bits, _ = der(after)
    _, pair, _ = der(bits[1:])
    _, r, pair = der(pair)
    _, s, _ = der(pair)
    at = body.index(b'\x03\x62\x00\x04') + 4
    return (signed, number(r), number(s),
            (number(body[at:at + 48]), number(body[at + 48:at + 96])))


def lms_signed(message, q=5):
    """An LMS signature of a tree that exists along one path alone: key and
    signature as LMS_VERIFY takes them (N24, H15, W4)."""
    def h(*parts):
        return hashlib.sha256(b''.join(parts)).digest()[:24]

    def noise(*what):
        return h(repr(what).encode())

    identity = noise('identity')[:16]
    nonce = noise('nonce')
    leaf = struct.pack('>I', q)
    hashed = h(identity, leaf, b'\x81\x81', nonce, message)
    digits = [d for byte in hashed for d in (byte >> 4, byte & 15)]
    total = sum(15 - d for d in digits) << 4
    digits += [total >> 12 & 15, total >> 8 & 15, total >> 4 & 15]
    signature, ends = [], []
    for i, digit in enumerate(digits):
        value = noise('secret', i)
        for j in range(15):
            if j == digit:
                signature.append(value)
            value = h(identity, leaf, struct.pack('>HB', i, j), value)
        if digit == 15:
            signature.append(value)
        ends.append(value)
    node = (1 << 15) + q
    value = h(identity, struct.pack('>I', node), b'\x82\x82',
              h(identity, leaf, b'\x80\x80', *ends))
    path = []
    while node > 1:
        other = noise('path', node)
        path.append(other)
        pair = (other, value) if node & 1 else (value, other)
        node >>= 1
        value = h(identity, struct.pack('>I', node), b'\x83\x83', *pair)
    key = struct.pack('<II', 12, 7) + identity + value
    return key + struct.pack('<I', q) + struct.pack('>I', 7) + nonce + \
        b''.join(signature) + struct.pack('<I', 12) + b''.join(path)
