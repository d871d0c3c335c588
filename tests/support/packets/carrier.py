"""The process that makes the namespaces and carries packets between them.

`python -m tests.support.packets.carrier SEED...`: a phone for each seed. It makes a network
namespace for the server and one for each phone, with a TUN device at both ends of each link. It
answers each line of its input (JSON: `{"phone": 0, "link": {...}}`, or without a link) with what
the link has done to packets so far.

Neither namespaces nor devices have names outside: they go with the process that holds them open,
however it ends, so that nothing is left to be cleaned up. It ends with its input.
"""

import ctypes
import fcntl
import heapq
import itertools
import json
import os
import selectors
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.packets.radio import DOWN, UP, Link, Radio

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x1, 0x1000
_LARGEST = 65_536
_IPV4 = 4


def server_address(phone: int) -> str:
    """Return where a phone reaches the server: of the addresses for measuring, RFC 2544."""
    return f"198.18.{phone}.1"


def _phone_address(phone: int) -> str:
    return f"198.18.{phone}.2"


class _Carrier:
    def __init__(self, seeds: list[int]) -> None:
        self._radios = [Radio(seed) for seed in seeds]
        self._underway: list[tuple[float, int, bytes, int, Radio]] = []
        self._serial = itertools.count()
        self._selector = selectors.DefaultSelector()
        self.namespaces = [_new_namespace()]
        """The server's, then each phone's; open files of this process."""
        phones = range(len(seeds))
        servers = [_device(f"phone{n}", server_address(n), _phone_address(n)) for n in phones]
        for number, (radio, server) in enumerate(zip(self._radios, servers, strict=True)):
            self.namespaces.append(_new_namespace())
            phone = _device("radio0", _phone_address(number), server_address(number))
            self._selector.register(phone, selectors.EVENT_READ, (radio, UP, server))
            self._selector.register(server, selectors.EVENT_READ, (radio, DOWN, phone))
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ)

    def run(self) -> None:
        """Carry packets until the input ends."""
        while True:
            wait_s = max(self._underway[0][0] - time.monotonic(), 0) if self._underway else None
            for key, _ in self._selector.select(wait_s):
                if key.data is None:
                    if not (line := sys.stdin.buffer.readline()):
                        return
                    _say(self._answer(json.loads(line)))
                else:
                    self._take(os.read(key.fd, _LARGEST), *key.data)
            self._deliver()

    def _take(self, packet: bytes, radio: Radio, way: int, other_end: int) -> None:
        if packet[0] >> 4 != _IPV4:  # a device says by itself that it speaks IPv6
            return
        for at in radio.take(way, len(packet), time.monotonic()):
            heapq.heappush(self._underway, (at, next(self._serial), packet, other_end, radio))

    def _deliver(self) -> None:
        while self._underway and self._underway[0][0] <= (now := time.monotonic()):
            _, _, packet, other_end, radio = heapq.heappop(self._underway)
            if radio.gives(now):
                os.write(other_end, packet)

    def _answer(self, asked: dict[str, object]) -> dict[str, int]:
        radio = self._radios[int(str(asked["phone"]))]
        if isinstance(members := asked.get("link"), dict):
            radio.become(Link(**members), time.monotonic())
        return dict(radio.counts)


def _new_namespace() -> int:
    """Go into a new namespace; return it as an open file."""
    if sys.platform != "linux":
        raise OSError("only Linux has network namespaces")
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, f"no network namespace can be made: {os.strerror(code)}")
    # The same on every machine: all kernels have this one, and give it to every namespace. At
    # such rates it is no other than cubic, which most servers and phones use.
    Path("/proc/sys/net/ipv4/tcp_congestion_control").write_text("reno")
    _ip("link", "set", "lo", "up")
    return os.open("/proc/self/ns/net", os.O_RDONLY)


def _device(name: str, mine: str, its: str) -> int:
    """Make one end of a link in the namespace in which this process is; return it as a file."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    _ip("addr", "add", mine, "peer", its, "dev", name)
    _ip("link", "set", name, "mtu", "1400", "up")
    return device


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, stdin=subprocess.DEVNULL)


def _say(what: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Make the links; say which files are the namespaces, or why there are none; carry packets."""
    try:
        carrier = _Carrier([int(seed) for seed in sys.argv[1:]])
    except (OSError, subprocess.CalledProcessError) as error:
        _say({"error": str(error)})
        return
    _say({"namespaces": carrier.namespaces})
    carrier.run()


if __name__ == "__main__":
    main()
