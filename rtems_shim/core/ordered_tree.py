"""A red-black tree of numbers, of the shape that RTEMS's has after the same insertions and removals.

What RTEMS takes from a tree root by root (the values of a thread that ends) comes in an order that the shape decides.
Source: the algorithms of Cormen et al., Introduction to Algorithms, which <sys/tree.h> follows.
"""

from __future__ import annotations

from emulator.records import dataclass

LEFT, RIGHT = 0, 1


@dataclass(slots=True, eq=False)
class Node:
    """A number and where it is; ``children``: the smaller ones, the greater ones."""

    number: int
    parent: Node | None
    children: list[Node | None]
    red: bool = True


class OrderedTree:
    """Numbers, each once."""

    def __init__(self) -> None:
        self._root: Node | None = None

    @property
    def root(self) -> int | None:
        """The number at the root."""
        return None if self._root is None else self._root.number

    def insert(self, number: int) -> None:
        """Put in a number that is not there."""
        parent, node = None, self._root
        while node is not None:
            parent, node = node, node.children[number > node.number]
        added = Node(number, parent, [None, None])
        self._replace(parent, None, added, LEFT if parent is None else int(number > parent.number))
        self._balance_insertion(added)

    def remove(self, number: int) -> None:
        """Take out a number that is there."""
        node = self._find(number)
        heir = node.children[RIGHT]
        if node.children[LEFT] is not None and heir is not None:
            while (smaller := heir.children[LEFT]) is not None:
                heir = smaller
            node.number, node = heir.number, heir
        child = node.children[LEFT] or node.children[RIGHT]
        parent, side = node.parent, _side(node)
        self._replace(parent, node, child, side)
        if not node.red:
            self._balance_removal(child, parent, side)

    def _find(self, number: int) -> Node:
        node = self._root
        while node is not None and node.number != number:
            node = node.children[number > node.number]
        assert node is not None
        return node

    def _replace(self, parent: Node | None, old: Node | None, new: Node | None, side: int) -> None:
        """Hang ``new`` where ``old`` is, or is to be: on that side of ``parent``, which is None at the root."""
        if parent is None:
            self._root = new
        else:
            assert parent.children[side] is old
            parent.children[side] = new
        if new is not None:
            new.parent = parent

    def _rotate(self, node: Node, side: int) -> None:
        """Let ``node`` go down to ``side``, and its child of the other side up."""
        risen = node.children[1 - side]
        assert risen is not None
        inner = risen.children[side]
        self._replace(node.parent, node, risen, _side(node))
        node.children[1 - side] = inner
        if inner is not None:
            inner.parent = node
        risen.children[side] = node
        node.parent = risen

    def _balance_insertion(self, node: Node) -> None:
        while (parent := node.parent) is not None and parent.red:
            grandparent = parent.parent
            assert grandparent is not None  # the root is black
            side = _side(parent)
            uncle = grandparent.children[1 - side]
            if uncle is not None and uncle.red:
                parent.red = uncle.red = False
                grandparent.red = True
                node = grandparent
                continue
            if _side(node) != side:
                self._rotate(parent, side)
                node, parent = parent, node
            parent.red, grandparent.red = False, True
            self._rotate(grandparent, 1 - side)
        assert self._root is not None
        self._root.red = False

    def _balance_removal(self, node: Node | None, parent: Node | None, side: int) -> None:
        """One black node is missing on ``side`` of ``parent``, where ``node`` is now."""
        while parent is not None and not _is_red(node):
            sibling = parent.children[1 - side]
            assert sibling is not None
            if sibling.red:
                sibling.red, parent.red = False, True
                self._rotate(parent, side)
                sibling = parent.children[1 - side]
                assert sibling is not None
            near, far = sibling.children[side], sibling.children[1 - side]
            if not _is_red(near) and not _is_red(far):
                sibling.red = True
                node, parent = parent, parent.parent
                side = _side(node)
                continue
            if not _is_red(far):
                assert near is not None
                near.red, sibling.red = False, True
                self._rotate(sibling, 1 - side)
                sibling, far = near, sibling
            assert far is not None
            sibling.red, parent.red, far.red = parent.red, False, False
            self._rotate(parent, side)
            return
        if node is not None:
            node.red = False


def _side(node: Node | None) -> int:
    """Which child of its parent a node is; LEFT for the root."""
    parent = None if node is None else node.parent
    return int(parent is not None and parent.children[RIGHT] is node)


def _is_red(node: Node | None) -> bool:
    return node is not None and node.red
