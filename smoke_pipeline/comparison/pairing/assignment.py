"""The pairing of few rows with few rows in which the fewest cells differ."""

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Costs = NDArray[np.int64]
_FEW_LINES, _FEW_COLUMNS = 3, 4


def cheapest_pairs(costs: Costs) -> list[tuple[int, int]]:
    """Pair each row of the smaller side so that the costs in sum are least.

    Among pairings of the same cost the one closest to the given order is taken, so the caller settles ties by
    the order in which it numbers rows.

    Args:
        costs: Cells that differ, one line a source row, one column a target row; shape (n, m).

    Returns:
        Pairs of line and column, min(n, m) of them.
    """
    lines, columns = costs.shape
    if lines > columns:
        return [(line, column) for column, line in cheapest_pairs(costs.T)]
    if lines == 0:
        return []
    if lines <= _FEW_LINES and columns <= _FEW_COLUMNS:
        return list(enumerate(_best_of_all(costs.tolist())))
    distance = (np.arange(lines)[:, None] - np.arange(columns)[None, :]) ** 2
    weight = lines * columns * columns + 1  # all distances in sum weigh less than one cell
    return list(enumerate(_assign(costs * weight + distance)))


def _best_of_all(costs: list[list[int]]) -> tuple[int, ...]:
    """As `_assign`, by looking at every pairing; for so few it is many times quicker."""

    def cost(columns: tuple[int, ...]) -> tuple[int, int]:
        pairs = list(enumerate(columns))
        return sum(costs[line][column] for line, column in pairs), sum((line - at) ** 2 for line, at in pairs)

    return min(permutations(range(len(costs[0])), len(costs)), key=cost)


def _assign(costs: Costs) -> list[int]:
    """The column of each line in an assignment of least cost; lines <= columns.

    The shortest augmenting path algorithm with potentials (Kuhn, Munkres; Jonker and Volgenant), O(n^2 m).
    """
    lines, columns = costs.shape
    line_of = np.zeros(columns + 1, np.int64)  # lines and columns are counted from 1; 0 is nobody
    of_lines, of_columns = np.zeros(lines + 1, np.int64), np.zeros(columns + 1, np.int64)
    for line in range(1, lines + 1):
        line_of[0] = line
        came_from = _shortest_path(costs, line_of, of_lines, of_columns)
        column = came_from[-1]
        while column:
            line_of[column] = line_of[came_from[column]]
            column = came_from[column]
    result = [0] * lines
    for column in range(1, columns + 1):
        if line_of[column]:
            result[line_of[column] - 1] = column - 1
    return result


def _shortest_path(costs: Costs, line_of: Costs, of_lines: Costs, of_columns: Costs) -> Costs:
    """Find the next free column; changes the potentials, and ends with that column as the last entry."""
    columns = costs.shape[1]
    least = np.full(columns + 1, np.iinfo(np.int64).max)
    came_from = np.zeros(columns + 2, np.int64)
    is_done = np.zeros(columns + 1, np.bool_)
    column = 0
    while line_of[column]:
        is_done[column] = True
        line = line_of[column]
        free = np.flatnonzero(~is_done[1:]) + 1
        reached = costs[line - 1, free - 1] - of_lines[line] - of_columns[free]
        is_better = reached < least[free]
        least[free[is_better]] = reached[is_better]
        came_from[free[is_better]] = column
        nearest = free[np.argmin(least[free])]
        step = least[nearest]
        done = np.flatnonzero(is_done)
        of_lines[line_of[done]] += step
        of_columns[done] -= step
        least[free] -= step
        column = nearest
    came_from[-1] = column
    return came_from
