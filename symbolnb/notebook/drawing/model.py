"""The view document with what drawing it needs: who uses what, what folds into what, the tree of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from symbolnb.errors import MXNetError
from symbolnb.notebook.drawing.repeats import Tree, fold_repeats
from symbolnb.notebook.style import STYLE

View = dict[str, Any]
ViewNode = dict[str, Any]

DEEPEST = 16
"""Deeper paths of groups are cut: nobody opens more frames than this."""

MAX_BOXES: int = STYLE["groups"]["max_boxes"]
REPEATS_FROM: int = STYLE["groups"]["repeats_from"]


@dataclass(frozen=True)
class Use:
    """A use of an output: by which node, as which of its inputs."""

    node: int
    input: int
    output: int


@dataclass
class Group:
    """A group of the picture; number 0 is the whole graph. Members are ("node" or "group", number).

    `repeat` is how many equal blocks the members are, 0 if they are not.
    """

    id: int
    name: str
    parent: int
    depth: int
    repeat: int = 0
    members: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Model:
    """A view document, ready to be drawn."""

    view: View
    folded: list[bool]
    uses: list[list[Use]]
    heads: dict[int, list[int]]
    groups: list[Group]
    group_of: list[int]
    told: int = -1
    """The node whose error stands beside the picture, not in its box; -1 for none."""

    @property
    def nodes(self) -> list[ViewNode]:
        """The nodes of the document."""
        nodes: list[ViewNode] = self.view["nodes"]
        return nodes


@dataclass
class _Raw:
    """A group of the paths as they are, or a node."""

    name: str
    node: int = -1
    children: list[_Raw] = field(default_factory=list)
    index: dict[str, _Raw] = field(default_factory=dict)


def _raw_tree(nodes: list[ViewNode], folded: list[bool]) -> _Raw:
    root = _Raw("")
    for node in nodes:
        if folded[node["id"]]:
            continue
        group = root
        for name in node["group"][:DEEPEST]:
            if name not in group.index:
                group.index[name] = _Raw(name)
                group.children.append(group.index[name])
            group = group.index[name]
        group.children.append(_Raw("", node["id"]))
    return root


def _without_singles(raw: _Raw, bodies: Set[tuple[str, ...]], path: tuple[str, ...] = ()) -> Tree:
    """A group with one member is no group: the member takes its place, and a group takes both names.

    Those of bodies stay.
    """
    if raw.node >= 0:
        return Tree(raw.name, raw.node)
    path = (*path, raw.name)
    children = [_without_singles(child, bodies, path) for child in raw.children]
    if len(children) != 1 or path in bodies:
        return Tree(raw.name, -1, children)
    child = children[0]
    return child if child.node >= 0 else Tree(f"{raw.name}/{child.name}", -1, child.children)


def _build_groups(
    nodes: list[ViewNode], folded: list[bool], bodies: Set[tuple[str, ...]]
) -> tuple[list[Group], list[int]]:
    groups = [Group(0, "", -1, 0)]
    group_of = [0] * len(nodes)

    def add(source: Tree, into: Group) -> None:
        for child in source.children:
            if child.node >= 0:
                into.members.append(("node", child.node))
                group_of[child.node] = into.id
            else:
                group = Group(len(groups), child.name, into.id, into.depth + 1, child.repeat)
                groups.append(group)
                into.members.append(("group", group.id))
                add(child, group)

    children = [_without_singles(child, bodies) for child in _raw_tree(nodes, folded).children]
    add(fold_repeats(nodes, folded, Tree("", -1, children)), groups[0])
    return groups, group_of


def is_present(node: ViewNode, index: int) -> bool:
    """Whether a node of a document of two graphs still has an input; those that it has lost stand behind the others."""
    return bool(index < len(node["inputs"]) - node.get("lost", 0))


def build_model(view: View, tells: bool = False) -> Model:
    """The model of a view document: parameters and auxiliary states fold into the operators that use them.

    `tells`: the first error is told beside the picture.
    """
    nodes: list[ViewNode] = view["nodes"]
    uses: list[list[Use]] = [[] for _ in nodes]
    for node in nodes:
        for index, source in enumerate(node["inputs"]):
            uses[source["node"]].append(Use(node["id"], index, source["output"]))
    heads: dict[int, list[int]] = {}
    for head in view["heads"]:
        heads.setdefault(head["node"], []).append(head["output"])
    folded = [
        node["kind"] in ("parameter", "auxiliary") and bool(uses[node["id"]]) and node["id"] not in heads
        for node in nodes
    ]
    groups, group_of = _build_groups(nodes, folded, {tuple(path) for path in view.get("bodies", ())})
    error = view.get("error") if tells else None
    told = -1 if error is None or error["node"] is None else error["node"]
    return Model(view, folded, uses, heads, groups, group_of, told)


def box_count(model: Model, closed: Set[int], group: int = 0) -> int:
    """How many boxes a picture has, or the part of it in one group."""
    return sum(
        1 if kind == "node" or number in closed else box_count(model, closed, number)
        for kind, number in model.groups[group].members
    )


def closed_at_first(model: Model, most: int = MAX_BOXES) -> set[int]:
    """The groups that are closed at first.

    None if the graph is small; else those of repeated blocks, and then the deepest levels until the picture has at
    most `most` boxes.
    """
    if box_count(model, set()) <= min(REPEATS_FROM, most):
        return set()
    counted = {group.id for group in model.groups if group.repeat > 0}
    repeats = counted | {group.id for group in model.groups if group.parent in counted}
    closed: set[int] = set()
    for depth in range(max(group.depth for group in model.groups) + 1, 0, -1):
        closed = repeats | {group.id for group in model.groups if group.depth >= depth}
        if box_count(model, closed) <= most:
            break
    return closed


def group_paths(model: Model) -> dict[str, int]:
    """The groups by their paths, such as ``"stage1/unit2"``, outer ones before what is in them."""
    paths = {0: ""}
    for group in model.groups[1:]:
        around = paths[group.parent]
        paths[group.id] = f"{around}/{group.name}" if around else group.name
    return {paths[group.id]: group.id for group in model.groups[1:]}


def find_group(paths: Mapping[str, int], group: str) -> str:
    """The path of a group; of what has only one group in it, that group's, since both are shown as one.

    Raises `MXNetError` for a group that is not there.
    """
    if group in paths:
        return group
    inner = [path for path in paths if path.startswith(f"{group}/")]
    if not inner:
        known = f"the groups are {', '.join(list(paths)[:20])}" if paths else "the graph has no groups"
        raise MXNetError(f"there is no group {group!r}; {known}")
    return inner[0]


def closed_for(model: Model, opened: Sequence[str]) -> set[int]:
    """The groups that are closed if some are to be seen open; those around them are open too."""
    paths = group_paths(model)
    wanted = [find_group(paths, group) for group in opened]
    return {number for path, number in paths.items() if not any(f"{one}/".startswith(f"{path}/") for one in wanted)}


def nodes_in(model: Model, group: int) -> list[int]:
    """All nodes in a group and in the groups within it."""
    out: list[int] = []
    for kind, number in model.groups[group].members:
        out.extend([number] if kind == "node" else nodes_in(model, number))
    return out


def groups_around(model: Model, node: int) -> list[int]:
    """The groups around a node, outermost first, without the whole graph."""
    path: list[int] = []
    group = model.group_of[node]
    while group > 0:
        path.insert(0, group)
        group = model.groups[group].parent
    return path
