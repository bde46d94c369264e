"""The tree of a thread's keys: balanced, ordered, and taken apart from the root as RTEMS takes it apart."""

from __future__ import annotations

import random

import pytest

from rtems_shim.core.ordered_tree import LEFT, RIGHT, Node, OrderedTree


def black_height(node: Node | None, parent: Node | None, low: int, high: int) -> int:
    if node is None:
        return 1
    assert low < node.number < high
    assert node.parent is parent
    assert not (node.red and (parent is None or parent.red))
    heights = (
        black_height(node.children[LEFT], node, low, node.number),
        black_height(node.children[RIGHT], node, node.number, high),
    )
    assert heights[0] == heights[1]
    return heights[0] + (not node.red)


def test_it_stays_ordered_and_balanced_whatever_goes_in_and_out() -> None:
    chance, tree, inside = random.Random(6), OrderedTree(), set[int]()
    for _ in range(3_000):
        number = chance.randrange(40)
        if number in inside:
            tree.remove(number)
            inside.remove(number)
        else:
            tree.insert(number)
            inside.add(number)
        black_height(tree._root, None, -1, 40)
        assert (tree.root in inside) if inside else (tree.root is None)


@pytest.mark.parametrize(
    ("inserted", "taken"),
    [((1, 2), (1, 2)), ((2, 1), (2, 1)), ((1, 2, 3), (2, 3, 1)), ((1, 2, 3, 4, 5), (2, 3, 4, 5, 1))],
)
def test_the_root_comes_out_first(inserted: tuple[int, ...], taken: tuple[int, ...]) -> None:
    tree = OrderedTree()
    for number in inserted:
        tree.insert(number)
    out = []
    while (root := tree.root) is not None:
        out.append(root)
        tree.remove(root)
    assert tuple(out) == taken
