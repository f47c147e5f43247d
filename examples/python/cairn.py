# SPDX-License-Identifier: Apache-2.0
"""Cairn's library for Python, by ctypes, with awaitable accesses and lines.

Coroutines drive a machine as cocotb's do a design: they await reads, writes,
lines and time, and virtual time passes while all of them wait. Nothing but
Python's own library is needed.

    machine = cairn.Machine("caliptra-1.1", images={"rom": rom})
    machine.simulate(main(machine))

The library is $CAIRN_LIBRARY, or the system's libcairn.so.0.
"""
import asyncio
import ctypes
import errno
import os

_u32, _u64, _size = ctypes.c_uint32, ctypes.c_uint64, ctypes.c_size_t
_text, _pointer = ctypes.c_char_p, ctypes.c_void_p
_Changed = ctypes.CFUNCTYPE(None, _pointer, _u32)
_Console = ctypes.CFUNCTYPE(None, _pointer, _text, ctypes.c_uint8)
_Log = ctypes.CFUNCTYPE(None, _pointer, ctypes.c_int, _text)
_Event = ctypes.CFUNCTYPE(None, _pointer, _text, _text)

STOP_TIME, STOP_IDLE, STOP_REQUESTED = 1, 4, 6


class _Error(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char * 512)]


class _Image(ctypes.Structure):
    _fields_ = [("memory", _text), ("bytes", _pointer), ("size", _size)]


class _Options(ctypes.Structure):
    """struct cairn_options as far as it is used here: its size says so."""

    _fields_ = [
        ("size", _size),
        ("board", _text),
        ("overlays", _pointer),
        ("overlay_count", _size),
        ("folders", _pointer),
        ("folder_count", _size),
        ("images", ctypes.POINTER(_Image)),
        ("image_count", _size),
        ("loads", _pointer),
        ("load_count", _size),
        ("seed", _u64),
    ]


class _Until(ctypes.Structure):
    _fields_ = [
        ("size", _size),
        ("instructions", _u64),
        ("time_ns", _u64),
    ]


class _Transfer(ctypes.Structure):
    _fields_ = [
        ("size", _size),
        ("user", _u32),
        ("width", ctypes.c_uint),
        ("fixed", ctypes.c_bool),
    ]


class CairnError(OSError):
    """A call of the library that failed."""


def _load():
    library = ctypes.CDLL(os.environ.get("CAIRN_LIBRARY", "libcairn.so.0"))
    returns = {
        "cairn_version": _text,
        "cairn_line_find": _pointer,
        "cairn_line_at": _pointer,
        "cairn_line_name": _text,
        "cairn_line_level": _u32,
        "cairn_master_find": _pointer,
        "cairn_time_ns": _u64,
        "cairn_instructions": _u64,
        "cairn_state_hash": _u64,
        "cairn_event_count": _size,
        "cairn_event_text": _text,
    }
    for name, kind in returns.items():
        getattr(library, name).restype = kind
    return library


_library = _load()


def version():
    return _library.cairn_version().decode()


def _check(code, what, error=None):
    if code < 0:
        why = error.text.decode() if error and error.text else os.strerror(-code)
        raise CairnError(-code, f"{what}: {why}")
    return code


class Line:
    """A line of a machine; inputs can be driven."""

    def __init__(self, machine, name):
        self.machine, self.name = machine, name
        self.handle = _pointer(_library.cairn_line_find(machine.handle, name.encode()))
        if not self.handle:
            raise CairnError(errno.ENOENT, f"no line '{name}'")
        self._waiters = []
        self._watch = None
        self._changed = _Changed(self._on_change)

    @property
    def level(self):
        return _library.cairn_line_level(self.handle)

    @level.setter
    def level(self, value):
        _check(
            _library.cairn_line_drive(self.machine.handle, self.handle, _u32(value)),
            self.name,
        )

    def _on_change(self, _context, level):
        for waiter in [w for w in self._waiters if w[0] == level and not w[1].done()]:
            waiter[1].set_result(level)
            self._waiters.remove(waiter)
            self.machine.stop()

    async def wait(self, level=1):
        """Until the line has that level."""
        if self._watch is None:
            self._watch = _pointer()
            _check(
                _library.cairn_line_follow(
                    self.machine.handle,
                    self.handle,
                    self._changed,
                    None,
                    ctypes.byref(self._watch),
                ),
                self.name,
            )
        if self.level != level:
            future = asyncio.get_running_loop().create_future()
            self._waiters.append((level, future))
            await future


class Bus:
    """The bus of a master: awaitable accesses, each of which takes time."""

    def __init__(self, machine, master, user, access_ns):
        self.machine, self.user, self.access_ns = machine, user, access_ns
        self.handle = _pointer(
            _library.cairn_master_find(machine.handle, master.encode())
        )
        if not self.handle:
            raise CairnError(errno.ENOENT, f"no master '{master}'")

    async def read(self, address, size=4):
        value = _u64()
        _check(
            _library.cairn_master_read(
                self.machine.handle, self.handle, _u32(self.user), _u64(address),
                ctypes.c_uint(size), ctypes.byref(value),
            ),
            f"read at 0x{address:x}",
        )
        await self.machine.wait_ns(self.access_ns)
        return value.value

    async def write(self, address, value, size=4):
        self.write_now(address, value, size)
        await self.machine.wait_ns(self.access_ns)

    def write_now(self, address, value, size=4):
        """Without time, for callbacks of lines."""
        _check(
            _library.cairn_master_write(
                self.machine.handle, self.handle, _u32(self.user), _u64(address),
                ctypes.c_uint(size), _u64(value),
            ),
            f"write at 0x{address:x}",
        )

    async def write_bytes(self, address, data, width=0, fixed=False):
        """Returns how many bytes were written before a bus error."""
        transfer = _Transfer(ctypes.sizeof(_Transfer), self.user, width, fixed)
        done = _size()
        code = _library.cairn_master_write_bytes(
            self.machine.handle, self.handle, ctypes.byref(transfer), _u64(address),
            bytes(data), _size(len(data)), ctypes.byref(done),
        )
        if code != -errno.EFAULT:
            _check(code, f"write at 0x{address:x}")
        await self.machine.wait_ns(self.access_ns * max(1, done.value // 4))
        return done.value

    async def read_bytes(self, address, count, width=0, fixed=False):
        """The bytes before a bus error, or all."""
        transfer = _Transfer(ctypes.sizeof(_Transfer), self.user, width, fixed)
        data, done = ctypes.create_string_buffer(count), _size()
        code = _library.cairn_master_read_bytes(
            self.machine.handle, self.handle, ctypes.byref(transfer), _u64(address),
            data, _size(count), ctypes.byref(done),
        )
        if code != -errno.EFAULT:
            _check(code, f"read at 0x{address:x}")
        await self.machine.wait_ns(self.access_ns * max(1, done.value // 4))
        return data.raw[: done.value]

    def peek(self, address, count=4):
        """Without side effects and time."""
        data, done = ctypes.create_string_buffer(count), _size()
        _check(
            _library.cairn_peek(
                self.machine.handle, self.handle, _u32(self.user), _u64(address),
                data, _size(count), ctypes.byref(done),
            ),
            f"peek at 0x{address:x}",
        )
        return data.raw


class Machine:
    def __init__(self, board, images=None, seed=1):
        items = list((images or {}).items())
        array = (_Image * max(1, len(items)))()
        for place, (name, data) in zip(array, items):
            place.memory, place.size = name.encode(), len(data)
            place.bytes = ctypes.cast(ctypes.c_char_p(data), _pointer)
        options = _Options(
            size=ctypes.sizeof(_Options), board=board.encode(), images=array,
            image_count=len(items), seed=seed,
        )
        error = _Error()
        self.handle = _pointer()
        _check(
            _library.cairn_create(
                ctypes.byref(options), ctypes.byref(self.handle), ctypes.byref(error)
            ),
            board,
            error,
        )
        self._timers = []
        self._lines = {}

    def close(self):
        if self.handle:
            _check(_library.cairn_destroy(self.handle), "destroy")
            self.handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def power(self):
        _check(_library.cairn_power(self.handle), "power")

    def stop(self):
        _library.cairn_stop(self.handle)

    def line(self, name):
        if name not in self._lines:
            self._lines[name] = Line(self, name)
        return self._lines[name]

    def bus(self, master="soc", user=1, access_ns=100):
        return Bus(self, master, user, access_ns)

    def watch(self, name, function):
        """Calls function(level) at each change, from within the simulation."""
        changed = _Changed(lambda _context, level: function(level))
        self._lines[f"watch {name} {len(self._lines)}"] = changed
        _check(
            _library.cairn_line_watch(self.handle, name.encode(), changed, None), name
        )

    @property
    def time_ns(self):
        return _library.cairn_time_ns(self.handle)

    @property
    def instructions(self):
        return _library.cairn_instructions(self.handle, None)

    def events(self):
        count = _library.cairn_event_count(self.handle)
        return [
            _library.cairn_event_text(self.handle, _size(i)).decode()
            for i in range(count)
        ]

    async def wait_ns(self, duration):
        future = asyncio.get_running_loop().create_future()
        self._timers.append((self.time_ns + duration, future))
        await future

    def simulate(self, coroutine, limit_ns=10**10):
        """Runs the coroutine, and virtual time while it waits; its result."""
        return asyncio.run(self._simulate(coroutine, limit_ns))

    async def _simulate(self, coroutine, limit_ns):
        task = asyncio.ensure_future(coroutine)
        while True:
            # Tasks that can run do; then all wait for the machine.
            for _ in range(3):
                await asyncio.sleep(0)
            if task.done():
                return task.result()
            self._advance(limit_ns)

    def _advance(self, limit_ns):
        now = self.time_ns
        if now >= limit_ns:
            raise CairnError(errno.ETIME, f"nothing came within {limit_ns} ns")
        end = min([due for due, _ in self._timers] + [limit_ns])
        if end > now:
            until = _Until(ctypes.sizeof(_Until), 0, end)
            stop = _library.cairn_run(self.handle, ctypes.byref(until))
            if stop not in (STOP_TIME, STOP_IDLE, STOP_REQUESTED):
                raise CairnError(errno.EIO, f"the run ended for reason {stop}")
        now = self.time_ns
        for timer in [t for t in self._timers if t[0] <= now]:
            self._timers.remove(timer)
            timer[1].set_result(now)
