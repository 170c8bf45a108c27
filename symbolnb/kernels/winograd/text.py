"""The kernels as text for LLVM: a convolution of transformed weights, and the transform of weights.

Arrays are blocked: `lanes` channels of one pixel lie together, then the pixels of an image, then the other channels.
A convolution goes through pieces of some rows of tiles, small enough for the processor's own cache. The data of a piece
is transformed as a whole; then, for two blocks of output channels at a time, come sixteen matrix products, one for each
element of a transformed tile, and the inverse transform of what they gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from symbolnb.kernels.fused.loops import ATTRIBUTES, LAUNCH
from symbolnb.kernels.fused.procedure import Procedure
from symbolnb.kernels.fused.text import literal
from symbolnb.ops.nn.winograd import ELEMENTS, KERNEL, MADE, TILE

WIDE = 2
"""Vectors of output channels that are computed at once."""

HALF = literal(0.5, "float")

UNROLLED = 4
"""Turns of a product's innermost loop that are written out."""


def rows_at_once(lanes: int) -> int:
    """Tiles whose sums fill the processor's registers: it has 32 of 16 lanes, or 16 of 8."""
    return 14 if lanes == 16 else 6


ARGUMENTS = (
    "data", "weight", "scale", "shift", "residual", "out", "scratch", "next", "rows", "rows_of_piece", "rows_of_image",
    "tiles", "blocks", "pairs", "height", "width", "pad_y", "pad_x", "out_height", "out_width", "rectified", "ceiling",
    "slots", "slot_size",
)  # fmt: skip
"""What the block of arguments of a convolution holds, eight bytes each.

`rows`: rows of tiles of the whole batch. `tiles`: those of one row. `blocks`, `pairs`: blocks of input channels, and
pairs of blocks of output channels. `ceiling` is a float. `slots`: pieces that may be worked on at once, each with
`slot_size` vectors of `scratch`; `next` is the address of the number of the next piece, 0 before and after each call.
"""

_ADDRESSES = frozenset((
    "data", "weight", "scale", "shift", "residual", "out", "scratch", "next",
    "grad", "data_tiles", "grad_tiles", "sums",
))  # fmt: skip


def arguments(p: Procedure, names: Sequence[str] = ARGUMENTS) -> SimpleNamespace:
    """All of them, read where a function begins; what it does not need of them costs nothing."""
    return SimpleNamespace(
        **{name: p.argument(place, "ptr" if name in _ADDRESSES else "i64") for place, name in enumerate(names)}
    )


def convolution(lanes: int) -> str:
    """The text of the convolution for vectors of so many lanes; a unit of work is a slot."""
    products = [_product(lanes, count) for count in range(1, rows_at_once(lanes) + 1)]
    inverses = [_inverse(lanes, rectified) for rectified in (False, True)]
    return module(lanes, [*products, forward(lanes, ARGUMENTS), *inverses, _piece(lanes), _run(lanes)])


def module(lanes: int, procedures: Sequence[Procedure]) -> str:
    """Functions as a kernel, with those that they share."""
    vector = f"<{lanes} x float>"
    return "\n".join([
        f"@zeros = internal constant {vector} zeroinitializer, align 64",
        f"declare {vector} @llvm.fma.v{lanes}f32({vector}, {vector}, {vector})",
        *(procedure.text for procedure in procedures), *LAUNCH.splitlines(), ATTRIBUTES, "",
    ])  # fmt: skip


def _product(lanes: int, count: int) -> Procedure:
    """``to[tile, :] = sum over channels of from[channel, tile] * weight[channel, :]`` for `count` tiles.

    `from` has `distance` vectors from one block of channels to the next.
    """
    p = Procedure(f"product{count}", "ptr %from, ptr %weight, ptr %to, i64 %blocks, i64 %distance", lanes)
    turns = p.multiply("%blocks", lanes // UNROLLED)
    sums = [(p.vector, "zeroinitializer")] * (count * WIDE)
    with p.loop(0, turns, carried=[*sums, ("ptr", "%weight")]) as loop:
        *totals, weight = loop.values
        block, part = p.divide(loop.index, lanes // UNROLLED), p.remainder(loop.index, lanes // UNROLLED)
        source = p.at("%from", p.multiply(block, "%distance"))
        source = p.at_float(source, p.multiply(part, UNROLLED))
        for turn in range(UNROLLED):
            weights = [p.read(p.at(weight, turn * WIDE + column)) for column in range(WIDE)]
            for row in range(count):
                value = p.repeated(source, row * lanes + turn)
                for column in range(WIDE):
                    place = row * WIDE + column
                    totals[place] = p.fused(value, weights[column], totals[place])
        loop.following = [*totals, p.at(weight, UNROLLED * WIDE)]
    for place in range(count * WIDE):
        p.write(p.at("%to", place), loop.values[place])
    return p


def forward(lanes: int, names: Sequence[str]) -> Procedure:
    """The transform of one row of tiles of one block of channels.

    Each tile d becomes Bᵀ d B. Its rows are combined first, into `strip`, then its columns. `to` is where the first
    element of the first tile belongs; elements have a `distance` of so many vectors.
    """
    p = Procedure("forward", "ptr %arguments, ptr %image, i64 %row, ptr %strip, ptr %to, i64 %distance", lanes)
    a = arguments(p, names)
    width, top = a.width, p.subtract(p.multiply("%row", MADE), a.pad_y)
    lines, inside = [], []
    for line in range(TILE):
        place = p.add(top, line)
        inside.append(p.less(place, a.height))
        lines.append(p.at("%image", p.multiply(place, width)))
    pad = a.pad_x
    with p.loop(0, p.add(p.multiply(a.tiles, MADE), TILE - MADE)) as loop:
        x = p.subtract(loop.index, pad)
        within = p.less(x, width)
        d = [p.read(p.either(p.both(within, inside[line]), p.at(lines[line], x), "@zeros")) for line in range(TILE)]
        to = p.at("%strip", p.multiply(loop.index, TILE))
        for line, value in enumerate(_combined(p, d)):
            p.write(p.at(to, line), value)
    with p.loop(0, a.tiles) as loop:
        source = p.at("%strip", p.multiply(loop.index, MADE * TILE))
        to = p.at("%to", loop.index)
        for line in range(TILE):
            made = _combined(p, [p.read(p.at(source, column * TILE + line)) for column in range(TILE)])
            for column, value in enumerate(made):
                p.write(p.at(to, p.multiply("%distance", line * TILE + column)), value)
    return p


def _combined(p: Procedure, d: Sequence[str]) -> list[str]:
    """Bᵀ d for a tile's rows, or those of its transpose."""
    return [
        p.arithmetic("fsub", d[0], d[2]), p.arithmetic("fadd", d[1], d[2]),
        p.arithmetic("fsub", d[2], d[1]), p.arithmetic("fsub", d[1], d[3]),
    ]  # fmt: skip


def _inverse(lanes: int, rectified: bool) -> Procedure:
    """The output of one row of tiles of one block of channels, from the products, and the steps that follow.

    A tile m becomes Aᵀ m A. `from` is its first element in the first tile, elements have a `distance`; `place` is the
    vector of the output that the first tile begins with, `lines` how many of its two lines lie within the output.
    """
    p = Procedure(
        "inverse_rectified" if rectified else "inverse",
        "ptr %arguments, ptr %from, i64 %distance, ptr %scale, ptr %shift, i64 %place, i64 %lines, ptr %rest",
        lanes,
    )
    a = arguments(p)
    out, residual, width, tiles = a.out, a.residual, a.out_width, a.tiles
    added = p.get(f"icmp ne ptr {residual}, null")
    scale, shift = p.read("%scale"), p.read("%shift")
    ceiling = p.splat(p.get(f"bitcast i32 {p.get(f'trunc i64 {a.ceiling} to i32')} to float")) if rectified else ""
    with p.loop(0, tiles) as loop:
        source = p.at("%from", p.multiply(loop.index, WIDE))
        sums: list[list[str]] = []
        for column in range(TILE):
            m = [p.read(p.at(source, p.multiply("%distance", line * TILE + column))) for line in range(TILE)]
            sums.append(_summed(p, m))
        for line in range(MADE):
            for column, value in enumerate(_summed(p, [pair[line] for pair in sums])):
                x = p.add(p.multiply(loop.index, MADE), column)
                within = p.both(p.less(x, width), p.less(line, "%lines"))
                place = p.add(p.add("%place", x), p.multiply(width, line))
                value = p.fused(value, scale, shift)
                old = p.read(p.either(p.both(within, added), p.at(residual, place), "@zeros"))
                value = p.arithmetic("fadd", value, old)
                if rectified:
                    value = _bounded(p, "ogt", value, "zeroinitializer")
                    value = _bounded(p, "olt", value, ceiling)
                p.write(p.either(within, p.at(out, place), "%rest"), value)
    return p


def _summed(p: Procedure, m: Sequence[str]) -> list[str]:
    """Aᵀ m for a tile's rows, or those of its transpose."""
    return [
        p.arithmetic("fadd", p.arithmetic("fadd", m[0], m[1]), m[2]),
        p.arithmetic("fsub", p.arithmetic("fsub", m[1], m[2]), m[3]),
    ]


def _bounded(p: Procedure, word: str, value: str, bound: str) -> str:
    """The value where it compares so with the bound, else the bound."""
    condition = p.get(f"fcmp {word} {p.vector} {value}, {bound}")
    return p.get(f"select <{p.lanes} x i1> {condition}, {p.vector} {value}, {p.vector} {bound}")


def _piece(lanes: int) -> Procedure:
    """Some rows of tiles, with scratch memory of its own: transformed tiles, products, a strip, and a rest."""
    p = Procedure("piece", "ptr %arguments, i64 %number, ptr %scratch", lanes)
    a = arguments(p)
    first = p.multiply("%number", a.rows_of_piece)
    last = p.smaller(p.add(first, a.rows_of_piece), a.rows)
    tiles, of_image, blocks, pairs = a.tiles, a.rows_of_image, a.blocks, a.pairs
    count = p.multiply(p.subtract(last, first), tiles)
    distance = p.multiply(count, blocks)
    products = p.at("%scratch", p.multiply(distance, ELEMENTS))
    between = p.multiply(count, WIDE)
    strip = p.at(products, p.multiply(between, ELEMENTS))
    rest = p.at(strip, p.multiply(p.add(p.multiply(tiles, MADE), TILE - MADE), TILE))
    data, weight, pixels = a.data, a.weight, p.multiply(a.height, a.width)
    with p.loop(0, blocks) as block, p.loop(first, last) as row:
        image, line = p.divide(row.index, of_image), p.remainder(row.index, of_image)
        source = p.at(data, p.multiply(p.add(p.multiply(image, blocks), block.index), pixels))
        tile = p.add(p.multiply(block.index, count), p.multiply(p.subtract(row.index, first), tiles))
        to = p.at("%scratch", tile)
        p.do(f"call void @forward(ptr %arguments, ptr {source}, i64 {line}, ptr {strip}, ptr {to}, i64 {distance})")
    most = rows_at_once(lanes)
    parts = p.divide(p.add(count, most - 1), most)
    channels = p.multiply(blocks, lanes * WIDE)
    height, width = a.out_height, a.out_width
    rectified = p.get(f"icmp ne i64 {a.rectified}, 0")
    with p.loop(0, pairs) as pair:
        with p.loop(0, ELEMENTS) as element, p.loop(0, parts) as part:
            weights = p.at(weight, p.multiply(p.add(p.multiply(element.index, pairs), pair.index), channels))
            start = p.divide(p.multiply(count, part.index), parts)
            size = p.subtract(p.divide(p.multiply(count, p.add(part.index, 1)), parts), start)
            source = p.at("%scratch", p.add(p.multiply(element.index, distance), start))
            to = p.at(products, p.multiply(p.add(p.multiply(element.index, count), start), WIDE))
            given = f"ptr {source}, ptr {weights}, ptr {to}, i64 {blocks}, i64 {count}"
            for rows in range(1, most + 1):
                with p.when(p.get(f"icmp eq i64 {size}, {rows}")):
                    p.do(f"call void @product{rows}({given})")
        with p.loop(0, WIDE) as half, p.loop(first, last) as row:
            image, line = p.divide(row.index, of_image), p.multiply(p.remainder(row.index, of_image), MADE)
            channel = p.add(p.multiply(pair.index, WIDE), half.index)
            plane = p.add(p.multiply(p.multiply(image, pairs), WIDE), channel)
            place = p.multiply(p.add(p.multiply(plane, height), line), width)
            source = p.at(
                products, p.add(p.multiply(p.multiply(p.subtract(row.index, first), tiles), WIDE), half.index)
            )
            given = (
                f"ptr %arguments, ptr {source}, i64 {between}, ptr {p.at(a.scale, channel)}, "
                f"ptr {p.at(a.shift, channel)}, i64 {place}, i64 {p.subtract(height, line)}, ptr {rest}"
            )
            with p.when(rectified):
                p.do(f"call void @inverse_rectified({given})")
            with p.when(p.get(f"xor i1 {rectified}, true")):
                p.do(f"call void @inverse({given})")
    return p


def slot_size(tiles: int, count: int, blocks: int) -> int:
    """Vectors of scratch memory for a piece of `count` tiles, `tiles` in a row, of so many blocks of channels."""
    return ELEMENTS * count * (blocks + WIDE) + strip_size(tiles) + 1


def strip_size(tiles: int) -> int:
    """Vectors of the rows of pixels under a row of tiles."""
    return TILE * (MADE * tiles + TILE - MADE)


def _run(lanes: int) -> Procedure:
    """The work of some slots of a convolution."""
    p = Procedure("run", "ptr %arguments, i64 %start, i64 %stop", lanes, exported=True)
    a = arguments(p)
    pieces = p.divide(p.subtract(p.add(a.rows, a.rows_of_piece), 1), a.rows_of_piece)
    take_pieces(p, a, pieces)
    return p


def take_pieces(p: Procedure, a: SimpleNamespace, pieces: str) -> None:
    """Each slot takes the next piece until none is left."""
    last = p.subtract(p.add(pieces, a.slots), 1)
    with p.loop("%start", "%stop") as slot:
        own = p.at(a.scratch, p.multiply(slot.index, a.slot_size))
        with p.loop(p.get(_next_piece(a)), pieces) as piece:
            p.do(f"call void @piece(ptr %arguments, i64 {piece.index}, ptr {own})")
            piece.next = p.get(_next_piece(a))
        with p.when(p.get(f"icmp eq i64 {piece.index}, {last}")):  # every other slot has asked for the last time
            p.do(f"store atomic i64 0, ptr {a.next} monotonic, align 8")


def _next_piece(a: SimpleNamespace) -> str:
    return f"atomicrmw add ptr {a.next}, i64 1 monotonic"


def weights(lanes: int) -> str:
    """The text of the transform of a dense weight: each kernel g becomes G g Gᵀ.

    A unit of work is a block of the output's channels by a block of those over which the convolution sums. The
    arguments are the addresses of weight and result; how many blocks there are to sum over; how many floats lie between
    two kernels of neighbouring output channels, and of neighbouring channels summed over; the vectors between two
    elements of a result; and whether kernels are turned by half a turn, as the gradient of the data needs them.
    """
    p = Procedure("run", "ptr %arguments, i64 %start, i64 %stop", lanes, exported=True)
    given, made = p.argument(0, "ptr"), p.argument(1, "ptr")
    blocks, lane_step, row_step, distance, turned = (p.argument(place) for place in range(2, 7))
    last = KERNEL * KERNEL - 1
    turned = p.get(f"icmp ne i64 {turned}, 0")
    first, step = p.chosen(turned, last, 0), p.chosen(turned, -1, 1)
    half = p.splat(HALF)
    with p.loop("%start", "%stop") as unit:
        filters, block = p.divide(unit.index, blocks), p.remainder(unit.index, blocks)
        begin = p.add(p.multiply(filters, p.multiply(lane_step, lanes)), p.multiply(block, p.multiply(row_step, lanes)))
        source = p.at_float(given, p.add(begin, first))
        pair, side = p.divide(filters, WIDE), p.remainder(filters, WIDE)
        place = p.multiply(p.add(p.multiply(pair, blocks), block), lanes * WIDE)
        to = p.at(made, p.add(place, side))
        with p.loop(0, lanes) as row:
            own = p.at_float(source, p.multiply(row.index, row_step))
            kernels = [p.at_float(own, p.multiply(lane_step, lane)) for lane in range(lanes)]
            places = [p.multiply(step, number) for number in range(last + 1)]
            g = [p.joined([p.at_float(kernel, place) for kernel in kernels]) for place in places]
            columns = [_spread(p, g[column::KERNEL], half) for column in range(KERNEL)]
            target = p.at(to, p.multiply(row.index, WIDE))
            for line in range(TILE):
                for column, value in enumerate(_spread(p, [each[line] for each in columns], half)):
                    p.write(p.at(target, p.multiply(distance, line * TILE + column)), value)
    return module(lanes, [p])


def _spread(p: Procedure, g: Sequence[str], half: str) -> list[str]:
    """G g for a kernel's rows, or those of its transpose."""
    ends = p.arithmetic("fadd", g[0], g[2])
    return [
        g[0],
        p.arithmetic("fmul", p.arithmetic("fadd", ends, g[1]), half),
        p.arithmetic("fmul", p.arithmetic("fsub", ends, g[1]), half),
        g[2],
    ]
