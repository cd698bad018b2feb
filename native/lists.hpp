// Of each component the rows of a tile in which it counts, with their log_joint, later their responsibilities.
#pragma once

#include "e_phase.hpp"
#include "ordered_space.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <class S> class Lists {
    using T = typename S::real;
    using V = typename S::vector;

    const Samples& samples;
    const Density& g;
    const Packed<T>& packed;
    const Directions<T>& directions;
    const OrderedSpace<S>& space;
    const Workspace<S>&w, &few;  // of it
    const T inverse_slope;

  public:
    static constexpr int64_t whole_tile = -1;  // the length of a list that holds every row of the tile
    int64_t n_alive = 0, evaluated = 0;

    Lists(const Samples& samples_, const Density& g_, const Packed<T>& packed_, const Directions<T>& directions_,
          const OrderedSpace<S>& space_)
        : samples(samples_), g(g_), packed(packed_), directions(directions_), space(space_), w(space_.w),
          few(space_.few), inverse_slope(static_cast<T>(1 / Margin::slope(g_.d))) {}

    T* joint(int64_t j) const { return space.joint + j * space.stride; }
    int32_t* lanes(int64_t j) const { return space.lanes + j * space.stride; }
    // All lists for `count` rows near one component, which are in the tile with their sample weights.
    void make(const int32_t* index, int64_t count, int64_t used, int64_t near) {
        n_alive = 0;
        log_joint_one(near, used, w, joint(near));
        begin_best(index, count, used, near);
        if (far(used))
            for (int64_t j = 0; j < g.k; ++j) space.lengths[j] = whole_tile;
        else
            list_all(near, used);
        for (int64_t j = 0; j < g.k; ++j)
            if (space.lengths[j] != 0 && j != near) take_listed(j, index, count, used);
    }

    // Responsibilities, or with `root` their square roots, where each component has its own list of rows, and their
    // log-likelihood. w.total becomes what they still have to be multiplied by.
    double exponentiate(int64_t used, bool root) const {
        for (int64_t b = 0; b < used; b += S::width) S::store(w.total + b, V{});
        const T half = root ? static_cast<T>(0.5) : static_cast<T>(1), least = half * Format<T>::negligible_exponent;
        const V scale = S::fill(half);
        for (int64_t a = 0; a < n_alive; ++a) {
            const int64_t j = space.alive[a], length = space.lengths[j];
            T* here = joint(j);
            if (length == whole_tile) {
                for (int64_t b = 0; b < used; b += S::width) {
                    const V e = S::exp_nonpositive((S::load(here + b) - S::load(space.peak + b)) * scale, least);
                    S::store(here + b, e);
                    S::store(w.total + b, S::load(w.total + b) + (root ? e * e : e));
                }
                continue;
            }
            const int32_t* list = lanes(j);
            for (int64_t r = 0; r < length; ++r) here[r] -= space.peak[list[r]];
            for (int64_t r = length; r < round_up<int64_t>(length, S::width); ++r) here[r] = 0;
            for (int64_t r = 0; r < length; r += S::width)
                S::store(here + r, S::exp_nonpositive(S::load(here + r) * scale, least));
            for (int64_t r = 0; r < length; ++r) w.total[list[r]] += root ? here[r] * here[r] : here[r];
        }
        double sum = 0;
        for (int64_t b = 0; b < used; b += S::width) {
            const V total = S::load(w.total + b);
            S::store(w.weight + b, S::log(total));
            V weight;
            for (int t = 0; t < S::width; ++t) weight[t] = static_cast<T>(w.sample_weight[b + t]);
            const V factor = weight / total;
            S::store(w.total + b, root ? S::sqrt(factor) : factor);
        }
        for (int64_t b = 0; b < used; ++b)
            sum += w.sample_weight[b] * (static_cast<double>(space.peak[b]) + static_cast<double>(w.weight[b]));
        return sum;
    }

  private:
    // Of one component into `to`, as if there were no other.
    void log_joint_one(int64_t j, int64_t used, Workspace<S> from, T* to) const {
        Packed<T> here = packed;
        here.high += j * g.d;
        here.low += j * g.d;
        here.constants += j;
        here.whitening += j * packed.stride;
        from.joint = to;
        log_joint_tile<S>(single(g), here, used, from);
    }

    // A known label excludes all other components of its row.
    void exclude_known(int64_t j, const int32_t* index, int64_t count) const {
        if (!samples.labels) return;
        for (int64_t b = 0; b < count; ++b)
            if (samples.labels[index[b]] >= 0 && samples.labels[index[b]] != j)
                joint(j)[b] = -Format<T>::largest;
    }

    // Rows that ask for no component but those that take the whole tile: absent ones, and those of known label.
    void begin_best(const int32_t* index, int64_t count, int64_t used, int64_t near) {
        for (int64_t j = 0; j < g.k; ++j) space.lengths[j] = 0;
        const T* here = joint(near);
        for (int64_t b = 0; b < used; ++b)
            space.best[b] = w.sample_weight[b] == 0 ? Format<T>::largest / 4 : here[b] * inverse_slope;
        if (samples.labels)
            for (int64_t b = 0; b < count; ++b) {
                const int64_t label = samples.labels[index[b]];
                if (label < 0) continue;
                space.best[b] = Format<T>::largest / 4;
                space.lengths[label] = whole_tile;
            }
        exclude_known(near, index, count);
        for (int64_t b = 0; b < used; b += S::width) S::store(space.peak + b, S::load(here + b));
        space.alive[n_alive++] = static_cast<int32_t>(near);
        space.lengths[near] = whole_tile;
        evaluated += count;
    }

    // Whether some row is so far from the near component that a bound would drown in rounding.
    bool far(int64_t used) const {
        bool any = false;
        for (int64_t b = 0; b < used; ++b) any |= space.best[b] < (sizeof(T) == 4 ? -1e6f : -1e12);
        return any;
    }

    void keep_whole(int64_t j, const int32_t* index, int64_t count, int64_t used) {
        exclude_known(j, index, count);
        const V inverse = S::fill(inverse_slope);
        for (int64_t b = 0; b < used; b += S::width) {
            const V here = S::load(joint(j) + b);
            S::store(space.peak + b, S::max(S::load(space.peak + b), here));
            S::store(space.best + b, S::max(S::load(space.best + b), here * inverse));
        }
        space.lengths[j] = whole_tile;
        space.alive[n_alive++] = static_cast<int32_t>(j);
    }

    // What log_joint_j must reach in a row of this `best`: constant + (best - limit) / 2.
    T least_joint(int64_t j) const { return packed.constants[j] - directions.limits[j] * static_cast<T>(0.5); }

    // Most rows may matter: a whole tile is sooner done than gathered.
    void take_checked(int64_t j, const int32_t* index, int64_t count, int64_t used) {
        const bool asked = space.lengths[j] == whole_tile;
        log_joint_one(j, used, w, joint(j));
        evaluated += count;
        const int64_t length = asked ? count : count_reached(j, used);
        space.lengths[j] = 0;
        if (length == 0) return;
        if (2 * length > count) return keep_whole(j, index, count, used);
        const T least = least_joint(j);
        int32_t* list = lanes(j);
        int64_t kept = 0;
        for (int64_t b = 0; b < used; ++b) {
            list[kept] = static_cast<int32_t>(b);
            const T value = joint(j)[kept] = joint(j)[b];
            kept += !(value - space.best[b] * static_cast<T>(0.5) < least);
        }
        keep_list(j, kept);
    }

    int64_t count_reached(int64_t j, int64_t used) const {
        const V least = S::fill(least_joint(j)), half = S::fill(static_cast<T>(0.5)), one = S::fill(1);
        V counts = {};
        for (int64_t b = 0; b < used; b += S::width)
            counts += S::load(joint(j) + b) - half * S::load(space.best + b) < least ? V{} : one;
        double sums_of[S::width] = {};
        S::template add_sums<1>(&counts, sums_of);
        return static_cast<int64_t>(sums_of[0]);
    }

    void keep_list(int64_t j, int64_t length) {
        const int32_t* list = lanes(j);
        for (int64_t r = 0; r < length; ++r) {
            const T here = joint(j)[r];
            T &peak = space.peak[list[r]], &scaled = space.best[list[r]];
            peak = here > peak ? here : peak;
            scaled = here * inverse_slope > scaled ? here * inverse_slope : scaled;
        }
        space.lengths[j] = length;
        if (length > 0) space.alive[n_alive++] = static_cast<int32_t>(j);
    }

    // lengths and lanes: for each component the rows whose bound does not leave it out.
    void list_all(int64_t near, int64_t used) {
        constexpr int64_t R = Blocks::rows, group = group_rows<S>();
        const T *high = packed.high + near * g.d, *low = packed.low + near * g.d;
        T bound[R * group];
        double counts[R];
        for (int64_t b = 0; b < used; b += group) {
            for (int64_t i = 0; i < g.d; ++i) {
                const V h = S::fill(high[i]), l = S::fill(low[i]);
                for (int u = 0; u < Blocks::span; ++u)
                    S::store(few.x + i * group + u * S::width,
                             centre<S>(S::load(w.x + i * w.stride + b + u * S::width), h, l));
            }
            for (int64_t j = 0; j < g.k; j += R) {
                bound_group<S>(space.panel.rows + j * g.d, space.panel.distance + j, directions.limits + j, g.d,
                               few.x, space.best + b, bound, counts);
                for (int64_t r = 0; r < R; ++r)
                    if (counts[r] != 0 && space.lengths[j + r] != whole_tile)
                        space.lengths[j + r] = listed(bound + r * group, j + r, b);
            }
        }
    }

    int64_t listed(const T* bound, int64_t j, int64_t first) const {
        int32_t* list = lanes(j);
        int64_t length = space.lengths[j];
        const T limit = directions.limits[j];
        for (int64_t b = 0; b < group_rows<S>(); ++b) {
            list[length] = static_cast<int32_t>(first + b);
            length += !(bound[b] > limit);
        }
        return length;
    }

    void take_listed(int64_t j, const int32_t* index, int64_t count, int64_t used) {
        int64_t length = space.lengths[j];
        int32_t* list = lanes(j);
        if (length == whole_tile || 2 * length > count) return take_checked(j, index, count, used);
        const int64_t padded = round_up(length, group_rows<S>());
        for (int64_t i = 0; i < g.d; ++i) {
            const T* from = w.x + i * w.stride;
            T* to = few.x + i * few.stride;
            for (int64_t r = 0; r < length; ++r) to[r] = from[list[r]];
            for (int64_t r = length; r < padded; ++r) to[r] = 0;
        }
        T* here = joint(j);
        log_joint_one(j, padded, few, here);
        evaluated += length;
        int64_t kept = 0;
        const T least = least_joint(j);
        for (int64_t r = 0; r < length; ++r) {
            const int32_t lane = list[kept] = list[r];
            const T value = here[kept] = here[r];
            kept += !(value - space.best[lane] * static_cast<T>(0.5) < least);
        }
        keep_list(j, kept);
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
