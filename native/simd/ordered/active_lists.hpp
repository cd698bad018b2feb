// For each component the list of those rows of a tile in which its responsibility is not negligible, with their
// log_joint.
#pragma once

#include "simd/e_phase.hpp"
#include "simd/ordered/workspace.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <class S> class ActiveLists {
    using T = typename S::real;
    using V = typename S::vector;

    const Rows& rows;
    const Density& g;
    const Packed<T>& packed;
    const BoundParameters<T>& bound_parameters;
    const OrderedWorkspace<S>& workspace;
    const Workspace<S>&w, &gathered;  // two parts of `workspace`
    const T inverse_slope;

  public:
    static constexpr int64_t whole_tile = -1;  // the length of a list that holds every row of the tile
    int64_t n_active = 0, evaluated = 0;

    ActiveLists(const Rows& rows_, const Density& g_, const Packed<T>& packed_,
                const BoundParameters<T>& bound_parameters_, const OrderedWorkspace<S>& workspace_)
        : rows(rows_), g(g_), packed(packed_), bound_parameters(bound_parameters_), workspace(workspace_),
          w(workspace_.w), gathered(workspace_.gathered), inverse_slope(static_cast<T>(1 / Margin::slope(g_.d))) {}

    T* joint(int64_t j) const { return workspace.joint + j * workspace.stride; }
    int32_t* positions(int64_t j) const { return workspace.positions + j * workspace.stride; }

    // Makes all lists for the `count` rows in the tile, whose nearest component is `nearest`; their sample weights are
    // loaded.
    void make(const int32_t* index, int64_t count, int64_t used, int64_t nearest) {
        n_active = 0;
        log_joint_one(nearest, used, w, joint(nearest));
        initialise(index, count, used, nearest);
        if (beyond_bounds(used))
            for (int64_t j = 0; j < g.k; ++j) workspace.lengths[j] = whole_tile;
        else
            list_candidates(nearest, used);
        for (int64_t j = 0; j < g.k; ++j)
            if (workspace.lengths[j] != 0 && j != nearest) evaluate_candidates(j, index, count, used);
    }

  private:
    // log_joint of component j alone, into `to`.
    void log_joint_one(int64_t j, int64_t used, Workspace<S> from, T* to) const {
        Packed<T> component = packed;
        component.high += j * g.d;
        component.low += j * g.d;
        component.constants += j;
        component.whitening += j * packed.stride;
        from.joint = to;
        log_joint_tile<S>(single(g), component, used, from);
    }

    // A known label excludes all other components of its row.
    void exclude_labelled(int64_t j, const int32_t* index, int64_t count) const {
        if (!rows.labels) return;
        for (int64_t b = 0; b < count; ++b)
            if (rows.labels[index[b]] >= 0 && rows.labels[index[b]] != j) joint(j)[b] = -Format<T>::largest;
    }

    // The lists with the nearest component only. Absent rows, and rows of known label, have a best so high that no
    // bound reaches it: they enter lists of whole tiles only.
    void initialise(const int32_t* index, int64_t count, int64_t used, int64_t nearest) {
        for (int64_t j = 0; j < g.k; ++j) workspace.lengths[j] = 0;
        const T* values = joint(nearest);
        for (int64_t b = 0; b < used; ++b)
            workspace.scaled_best[b] = w.sample_weight[b] == 0 ? Format<T>::largest / 4 : values[b] * inverse_slope;
        if (rows.labels)
            for (int64_t b = 0; b < count; ++b) {
                const int64_t label = rows.labels[index[b]];
                if (label < 0) continue;
                workspace.scaled_best[b] = Format<T>::largest / 4;
                workspace.lengths[label] = whole_tile;
            }
        exclude_labelled(nearest, index, count);
        for (int64_t b = 0; b < used; b += S::width) S::store(workspace.peak + b, S::load(values + b));
        workspace.active[n_active++] = static_cast<int32_t>(nearest);
        workspace.lengths[nearest] = whole_tile;
        evaluated += count;
    }

    // Whether some row is so far from the nearest component that rounding exceeds the margin of the bounds.
    bool beyond_bounds(int64_t used) const {
        bool any = false;
        for (int64_t b = 0; b < used; ++b) any |= workspace.scaled_best[b] < (sizeof(T) == 4 ? -1e6f : -1e12);
        return any;
    }

    void keep_whole(int64_t j, const int32_t* index, int64_t count, int64_t used) {
        exclude_labelled(j, index, count);
        const V inverse = S::fill(inverse_slope);
        for (int64_t b = 0; b < used; b += S::width) {
            const V values = S::load(joint(j) + b);
            S::store(workspace.peak + b, S::max(S::load(workspace.peak + b), values));
            S::store(workspace.scaled_best + b, S::max(S::load(workspace.scaled_best + b), values * inverse));
        }
        workspace.lengths[j] = whole_tile;
        workspace.active[n_active++] = static_cast<int32_t>(j);
    }

    // A row is kept when log_joint_j - scaled_best / 2 reaches it: constant_j - limit_j / 2.
    T threshold(int64_t j) const { return packed.constants[j] - bound_parameters.limits[j] * static_cast<T>(0.5); }

    // Evaluates all rows of the tile: cheaper than gathering most of them.
    void evaluate_tile(int64_t j, const int32_t* index, int64_t count, int64_t used) {
        const bool whole = workspace.lengths[j] == whole_tile;
        log_joint_one(j, used, w, joint(j));
        evaluated += count;
        const int64_t length = whole ? count : count_above_threshold(j, used);
        workspace.lengths[j] = 0;
        if (length == 0) return;
        if (2 * length > count) return keep_whole(j, index, count, used);
        const T least = threshold(j);
        int32_t* list = positions(j);
        int64_t kept = 0;
        for (int64_t b = 0; b < used; ++b) {
            list[kept] = static_cast<int32_t>(b);
            const T value = joint(j)[kept] = joint(j)[b];
            kept += !(value - workspace.scaled_best[b] * static_cast<T>(0.5) < least);
        }
        keep_list(j, kept);
    }

    int64_t count_above_threshold(int64_t j, int64_t used) const {
        const V least = S::fill(threshold(j)), half = S::fill(static_cast<T>(0.5)), one = S::fill(1);
        V counts = {};
        for (int64_t b = 0; b < used; b += S::width)
            counts += S::load(joint(j) + b) - half * S::load(workspace.scaled_best + b) < least ? V{} : one;
        double sums_of[S::width] = {};
        S::template add_sums<1>(&counts, sums_of);
        return static_cast<int64_t>(sums_of[0]);
    }

    void keep_list(int64_t j, int64_t length) {
        const int32_t* list = positions(j);
        for (int64_t r = 0; r < length; ++r) {
            const T value = joint(j)[r];
            T &peak = workspace.peak[list[r]], &scaled = workspace.scaled_best[list[r]];
            peak = value > peak ? value : peak;
            scaled = value * inverse_slope > scaled ? value * inverse_slope : scaled;
        }
        workspace.lengths[j] = length;
        if (length > 0) workspace.active[n_active++] = static_cast<int32_t>(j);
    }

    // Fills lengths and positions: for each component the rows whose bound does not skip it.
    void list_candidates(int64_t nearest, int64_t used) {
        constexpr int64_t R = Blocks::rows, group = group_rows<S>();
        const T *high = packed.high + nearest * g.d, *low = packed.low + nearest * g.d;
        T bound[R * group];
        double counts[R];
        for (int64_t b = 0; b < used; b += group) {
            for (int64_t i = 0; i < g.d; ++i) {
                const V h = S::fill(high[i]), l = S::fill(low[i]);
                for (int u = 0; u < Blocks::span; ++u)
                    S::store(gathered.x + i * group + u * S::width,
                             centre<S>(S::load(w.x + i * w.stride + b + u * S::width), h, l));
            }
            for (int64_t j = 0; j < g.k; j += R) {
                bound_group<S>(workspace.panel.rows + j * g.d, workspace.panel.distance + j,
                               bound_parameters.limits + j, g.d, gathered.x, workspace.scaled_best + b, bound, counts);
                for (int64_t r = 0; r < R; ++r)
                    if (counts[r] != 0 && workspace.lengths[j + r] != whole_tile)
                        workspace.lengths[j + r] = append_candidates(bound + r * group, j + r, b);
            }
        }
    }

    int64_t append_candidates(const T* bound, int64_t j, int64_t first) const {
        int32_t* list = positions(j);
        int64_t length = workspace.lengths[j];
        const T limit = bound_parameters.limits[j];
        for (int64_t b = 0; b < group_rows<S>(); ++b) {
            list[length] = static_cast<int32_t>(first + b);
            length += !(bound[b] > limit);
        }
        return length;
    }

    void evaluate_candidates(int64_t j, const int32_t* index, int64_t count, int64_t used) {
        int64_t length = workspace.lengths[j];
        int32_t* list = positions(j);
        if (length == whole_tile || 2 * length > count) return evaluate_tile(j, index, count, used);
        const int64_t padded = round_up(length, group_rows<S>());
        for (int64_t i = 0; i < g.d; ++i) {
            const T* from = w.x + i * w.stride;
            T* to = gathered.x + i * gathered.stride;
            for (int64_t r = 0; r < length; ++r) to[r] = from[list[r]];
            for (int64_t r = length; r < padded; ++r) to[r] = 0;
        }
        T* values = joint(j);
        log_joint_one(j, padded, gathered, values);
        evaluated += length;
        int64_t kept = 0;
        const T least = threshold(j);
        for (int64_t r = 0; r < length; ++r) {
            const int32_t lane = list[kept] = list[r];
            const T value = values[kept] = values[r];
            kept += !(value - workspace.scaled_best[lane] * static_cast<T>(0.5) < least);
        }
        keep_list(j, kept);
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
