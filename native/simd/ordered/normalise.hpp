// From log_joint to responsibilities, along the lists of an ordered pass.
#pragma once

#include "simd/ordered/active_lists.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// Turns log_joint into responsibilities, or with `root` into their square roots, up to the factor w.total. Returns the
// log-likelihood.
template <class S>
double normalise_lists(const ActiveLists<S>& lists, const OrderedWorkspace<S>& workspace, int64_t used, bool root) {
    using V = typename S::vector;
    using T = typename S::real;
    const Workspace<S>& w = workspace.w;
    for (int64_t b = 0; b < used; b += S::width) S::store(w.total + b, V{});
    const T half = root ? static_cast<T>(0.5) : static_cast<T>(1), least = half * Format<T>::negligible_exponent;
    const V scale = S::fill(half);
    for (int64_t a = 0; a < lists.n_active; ++a) {
        const int64_t j = workspace.active[a], length = workspace.lengths[j];
        T* values = lists.joint(j);
        if (length == ActiveLists<S>::whole_tile) {
            for (int64_t b = 0; b < used; b += S::width) {
                const V e = S::exp_nonpositive((S::load(values + b) - S::load(workspace.peak + b)) * scale, least);
                S::store(values + b, e);
                S::store(w.total + b, S::load(w.total + b) + (root ? e * e : e));
            }
            continue;
        }
        const int32_t* list = lists.positions(j);
        for (int64_t r = 0; r < length; ++r) values[r] -= workspace.peak[list[r]];
        for (int64_t r = length; r < round_up<int64_t>(length, S::width); ++r) values[r] = 0;
        for (int64_t r = 0; r < length; r += S::width)
            S::store(values + r, S::exp_nonpositive(S::load(values + r) * scale, least));
        for (int64_t r = 0; r < length; ++r) w.total[list[r]] += root ? values[r] * values[r] : values[r];
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
        sum += w.sample_weight[b] * (static_cast<double>(workspace.peak[b]) + static_cast<double>(w.weight[b]));
    return sum;
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
