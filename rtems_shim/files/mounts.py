"""File systems that are mounted: empty ones in memory, each in the place of a directory. The tree (file_tree.py) keeps
them; here are the two calls."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi.errno import EACCES, EBUSY, ENOTDIR, EROFS
from rtems_shim.core.dispatch import trap
from rtems_shim.files.file_calls import check_path, seconds
from rtems_shim.files.file_objects import Directory
from rtems_shim.files.files import Files

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

ROOT_PERMISSIONS = 0o755


@trap("mount")
def mount(kernel: Kernel, target: str | None, writable: int) -> int:
    """mount(): what the directory held is hidden as long as it lasts."""
    tree = kernel.part(Files).tree
    found = check_path(target) or tree.find(target or "")
    if isinstance(found, int):
        return found
    if not isinstance(found, Directory):
        return -ENOTDIR
    if tree.root_of(found).read_only:
        return -EROFS
    if found is tree.root_of(found):
        return -EBUSY
    root = Directory(ROOT_PERMISSIONS)
    root.born(seconds(kernel))
    return tree.mount(found, root, bool(writable))


@trap("unmount")
def unmount(kernel: Kernel, target: str | None) -> int:
    """unmount(): -EBUSY while a file of it is open, another one is mounted in it, or it holds the working directory."""
    files = kernel.part(Files)
    found = check_path(target) or files.tree.find(target or "")
    if isinstance(found, int):
        return found
    if not isinstance(found, Directory) or found.covers is None:
        return -EACCES
    if files.tree.is_used(found, files.open_files()):
        return -EBUSY
    files.tree.unmount(found)
    return 0
