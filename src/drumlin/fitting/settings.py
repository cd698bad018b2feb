"""What a search may spend, and what it takes for equal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SearchSettings:
    """Passes, shares of a budget, numbers of runs, and differences in nats of one search.

    short_passes, fewest_passes : passes of a short run, and the least where the budget is small
    short_share, run_on_share : of the budget, for short runs; of what is left, for running on
    tied_share : of the passes of a start, for those of the tied family that come first
    start_passes, growing_passes : what starts and growing subsamples may cost, in passes over all
        rows of a large source
    usual_starts : starts for which that budget is meant; more starts raise it in proportion
    stage_share : of what is left for growing, for a stage that is not the last
    least_passes : a start that cannot have so many passes is not made
    small_rows : rows of the subsample of the short runs, at least
    n_run_on, n_finished_large : short runs that run on, and those of them that leave the subsample
        for more rows
    same_optimum, rival_gap : nats on the subsample; two runs nearer than the first are at one
        optimum; one that is behind by more than the second per √row cannot win
    n_moves, move_passes, move_gain : moves tried in all, the passes of each, and the gain in nats
        that counts
    least_move_passes : passes that must be left for a move
    move_share, onward_share : of what is left, for a move, and for going on from what it found
    n_reseedings : how often unhealthy components of the best run are moved elsewhere
    """

    short_passes: int = 15
    fewest_passes: int = 5
    short_share: float = 0.25
    run_on_share: float = 0.25
    tied_share: float = 0.5
    start_passes: float = 5.5
    growing_passes: float = 2.5
    usual_starts: int = 10
    stage_share: float = 0.4
    least_passes: int = 20
    small_rows: int = 500
    n_run_on: int = 5
    n_finished_large: int = 2
    same_optimum: float = 1.0
    rival_gap: float = 0.5
    n_moves: int = 30
    move_passes: int = 40
    move_gain: float = 0.01
    least_move_passes: int = 8
    move_share: float = 0.4
    onward_share: float = 0.3
    n_reseedings: int = 3
