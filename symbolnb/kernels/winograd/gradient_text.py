"""The gradient of the weight as text for LLVM.

The batch is worked off in parts whose transformed tiles fit into the cache that the processors share. For each there
are two kernels: one transforms data and output gradient, one multiplies them, summed over the tiles, and adds that to
the sums of the parts before. A third makes kernels of three by three of the sums.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.kernels.fused.procedure import Procedure
from symbolnb.kernels.winograd.text import HALF, WIDE, arguments, forward, module, take_pieces
from symbolnb.ops.nn.winograd import ELEMENTS, KERNEL, MADE, TILE

ARGUMENTS = (
    "data", "grad", "data_tiles", "grad_tiles", "sums", "out", "scratch", "next", "first", "count", "rows_of_image",
    "tiles", "blocks", "pairs", "height", "width", "pad_y", "pad_x", "out_height", "out_width", "fresh", "slots",
    "slot_size",
)  # fmt: skip
"""What the block of arguments of a weight gradient holds for one part of the batch: `count` rows from `first` on.

`grad` is the gradient of the convolution's output, `data_tiles` and `grad_tiles` are where the transformed tiles of the
part belong. `sums`: where the products of all parts are added up; if `fresh`, this is the first of them.
"""


def tiles(lanes: int) -> str:
    """The text of the transform of data and output gradient of a part of the batch; a unit of work is a slot."""
    p = Procedure("run", "ptr %arguments, i64 %start, i64 %stop", lanes, exported=True)
    a = arguments(p, ARGUMENTS)
    blocks = p.add(a.blocks, p.multiply(a.pairs, WIDE))
    take_pieces(p, a, p.multiply(blocks, a.count))
    return module(lanes, [forward(lanes, ARGUMENTS), _adjoint(lanes), _piece(lanes), p])


def _piece(lanes: int) -> Procedure:
    """One row of tiles of one block of channels, of the data or of the output gradient."""
    p = Procedure("piece", "ptr %arguments, i64 %number, ptr %strip", lanes)
    a = arguments(p, ARGUMENTS)
    block, row = p.divide("%number", a.count), p.remainder("%number", a.count)
    place = p.add(a.first, row)
    image, line = p.divide(place, a.rows_of_image), p.remainder(place, a.rows_of_image)
    count, first = p.multiply(a.count, a.tiles), p.multiply(row, a.tiles)
    of_data = p.less(block, a.blocks)
    with p.when(of_data):
        plane = p.add(p.multiply(image, a.blocks), block)
        source = p.at(a.data, p.multiply(plane, p.multiply(a.height, a.width)))
        to = p.at(a.data_tiles, p.add(p.multiply(block, count), first))
        distance = p.multiply(a.blocks, count)
        p.do(f"call void @forward(ptr %arguments, ptr {source}, i64 {line}, ptr %strip, ptr {to}, i64 {distance})")
    with p.when(p.get(f"xor i1 {of_data}, true")):
        channel = p.subtract(block, a.blocks)
        plane = p.add(p.multiply(image, p.multiply(a.pairs, WIDE)), channel)
        source = p.at(a.grad, p.multiply(plane, p.multiply(a.out_height, a.out_width)))
        start = p.add(p.multiply(p.divide(channel, WIDE), count), first)
        to = p.at(a.grad_tiles, p.add(p.multiply(start, WIDE), p.remainder(channel, WIDE)))
        distance = p.multiply(p.multiply(a.pairs, WIDE), count)
        p.do(f"call void @adjoint(ptr %arguments, ptr {source}, i64 {line}, ptr {to}, i64 {distance})")
    return p


def _adjoint(lanes: int) -> Procedure:
    """The transform of one row of tiles of one block of channels of the output gradient: y becomes A y Aᵀ."""
    p = Procedure("adjoint", "ptr %arguments, ptr %image, i64 %row, ptr %to, i64 %distance", lanes)
    a = arguments(p, ARGUMENTS)
    top, inside, lines = p.multiply("%row", MADE), [], []
    for line in range(MADE):
        place = p.add(top, line)
        inside.append(p.less(place, a.out_height))
        lines.append(p.at("%image", p.multiply(place, a.out_width)))
    with p.loop(0, a.tiles) as loop:
        columns = []
        for column in range(MADE):
            x = p.add(p.multiply(loop.index, MADE), column)
            within = p.less(x, a.out_width)
            y = [
                p.read(p.either(p.both(within, ok), p.at(line, x), "@zeros"))
                for ok, line in zip(inside, lines, strict=True)
            ]
            columns.append(_spread_out(p, y))
        to = p.at("%to", p.multiply(loop.index, WIDE))
        for line in range(TILE):
            for column, value in enumerate(_spread_out(p, [each[line] for each in columns])):
                p.write(p.at(to, p.multiply("%distance", line * TILE + column)), value)
    return p


def _spread_out(p: Procedure, y: Sequence[str]) -> list[str]:
    """A y for a block's rows, or those of its transpose."""
    return [y[0], p.arithmetic("fadd", *y), p.arithmetic("fsub", *y), p.get(f"fneg {p.vector} {y[1]}")]


def products(lanes: int) -> str:
    """The text of the products: for each element of a tile, data by output gradient, summed over the tiles.

    A unit of work is the sums of one block of the data's channels and one pair of blocks of the output's.
    """
    p = Procedure("run", "ptr %arguments, i64 %start, i64 %stop", lanes, exported=True)
    a = arguments(p, ARGUMENTS)
    rows = lanes // 2
    count = p.multiply(a.count, a.tiles)
    fresh = p.get(f"icmp ne i64 {a.fresh}, 0")
    with p.loop("%start", "%stop") as unit:
        block, rest = p.remainder(unit.index, a.blocks), p.divide(unit.index, a.blocks)
        pair, element = p.remainder(rest, a.pairs), p.divide(rest, a.pairs)
        data = p.at(a.data_tiles, p.multiply(p.add(p.multiply(element, a.blocks), block), count))
        grad = p.at(a.grad_tiles, p.multiply(p.add(p.multiply(element, a.pairs), pair), p.multiply(count, WIDE)))
        place = p.add(p.multiply(p.add(p.multiply(element, a.pairs), pair), a.blocks), block)
        sums = p.at(a.sums, p.multiply(place, lanes * WIDE))
        with p.loop(0, lanes, rows) as half:
            own = p.at(sums, p.multiply(half.index, WIDE))
            places = [p.at(own, place) for place in range(rows * WIDE)]
            begin = [p.read(p.either(fresh, "@zeros", place)) for place in places]
            with p.loop(0, count, carried=[(p.vector, value) for value in begin]) as tile:
                totals = list(tile.values)
                source = p.at_float(p.at(data, tile.index), half.index)
                other = p.at(grad, p.multiply(tile.index, WIDE))
                weights = [p.read(p.at(other, column)) for column in range(WIDE)]
                for row in range(rows):
                    value = p.repeated(source, row)
                    for column in range(WIDE):
                        totals[row * WIDE + column] = p.fused(value, weights[column], totals[row * WIDE + column])
                tile.following = totals
            for to, value in zip(places, tile.values, strict=True):
                p.write(to, value)
    return module(lanes, [p])


def inverse(lanes: int) -> str:
    """The text of the last step: sums u become kernels Gᵀ u G. A unit of work is as in the products."""
    p = Procedure("run", "ptr %arguments, i64 %start, i64 %stop", lanes, exported=True)
    a = arguments(p, ARGUMENTS)
    half = p.splat(HALF)
    distance = p.multiply(p.multiply(a.pairs, a.blocks), lanes * WIDE)
    channels = p.multiply(a.blocks, lanes)
    with p.loop("%start", "%stop") as unit:
        pair, block = p.divide(unit.index, a.blocks), p.remainder(unit.index, a.blocks)
        sums = p.at(a.sums, p.multiply(unit.index, lanes * WIDE))
        with p.loop(0, WIDE) as side, p.loop(0, lanes) as row:
            source = p.at(sums, p.add(p.multiply(row.index, WIDE), side.index))
            u = [p.read(p.at(source, p.multiply(distance, element))) for element in range(ELEMENTS)]
            columns = [_gathered(p, u[column::TILE], half) for column in range(TILE)]
            filters = p.multiply(p.add(p.multiply(pair, WIDE), side.index), lanes)
            channel = p.add(p.multiply(block, lanes), row.index)
            first = p.at_float(a.out, p.multiply(p.add(p.multiply(filters, channels), channel), KERNEL * KERNEL))
            kernels = [p.at_float(first, p.multiply(channels, lane * KERNEL * KERNEL)) for lane in range(lanes)]
            for line in range(KERNEL):
                for column, value in enumerate(_gathered(p, [each[line] for each in columns], half)):
                    p.scatter([p.at_float(kernel, line * KERNEL + column) for kernel in kernels], value)
    return module(lanes, [p])


def _gathered(p: Procedure, u: Sequence[str], half: str) -> list[str]:
    """Gᵀ u for a tile's rows, or those of its transpose."""
    total = p.arithmetic("fmul", p.arithmetic("fadd", u[1], u[2]), half)
    return [
        p.arithmetic("fadd", u[0], total),
        p.arithmetic("fmul", p.arithmetic("fsub", u[1], u[2]), half),
        p.arithmetic("fadd", total, u[3]),
    ]
