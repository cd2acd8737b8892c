"""The memory of this machine: how much each device has, and how much of it is free now.

A container's limit counts where it is below what the machine has. What a system does not tell is None: nothing is then
refused for want of memory.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Device:
    """Something that models run on."""

    name: str
    """As torch names it: "cpu", "cuda:0", "mps"."""
    title: str
    """As people know it."""
    total: int | None
    """Bytes."""
    free: int | None
    """Bytes that a new model could take now."""


def devices() -> tuple[Device, ...]:
    """What models can run on here, the fastest first; the CPU is always the last."""
    try:
        import torch
    except ImportError:  # without the extra `local`, sizes can still be reckoned
        return (cpu(),)
    found = []
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            free, total = torch.cuda.mem_get_info(number)
            found.append(Device(f"cuda:{number}", torch.cuda.get_device_name(number), total, free))
    if torch.backends.mps.is_available():
        most = torch.mps.recommended_max_memory()
        found.append(Device("mps", "the GPU of this Mac", most, most - torch.mps.driver_allocated_memory()))
    return (*found, cpu())


def cpu() -> Device:
    """The processor, with the memory of the machine or of the container it runs in."""
    total, free = _machine()
    limit, used = _container()
    if limit is not None and (total is None or limit < total):
        left = max(0, limit - used)
        return Device("cpu", "the processor", limit, left if free is None else min(free, left))
    return Device("cpu", "the processor", total, free)


def free_bytes(device: str) -> int | None:
    """Bytes that a new model could take on a device ("cuda" is its first one); None where nothing tells."""
    if device == "cpu":
        return cpu().free
    name = f"{device}:0" if device == "cuda" else device
    return next((each.free for each in devices() if each.name == name), None)


def _machine() -> tuple[int | None, int | None]:
    """Total and free bytes of the machine."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return 1024 * kilobytes["MemTotal"], 1024 * kilobytes["MemAvailable"]
    except (OSError, LookupError, ValueError):
        pass
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None, None
    return total, None


_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)
"""Files of a container's limit and use, as the two versions of control groups name them."""


def _container() -> tuple[int | None, int]:
    """Limit and use of the container, in bytes."""
    for limit, used in _LIMITS:
        try:
            return int(limit.read_text()), int(used.read_text())
        except (OSError, ValueError):  # no container, or one without a limit ("max")
            continue
    return None, 0
