// From log_joint to responsibilities and log_density, a tile at a time.
#pragma once

#include "layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// For one vector of rows: joint becomes e^(joint - peak), its largest over components, or with `Root` the square root of
// that; total the sum without root.
template <class S, bool Root = false>
DRUMLIN_INLINE void exponentiate(int64_t k, typename S::real* joint, int64_t stride, typename S::vector& peak,
                                 typename S::vector& total) {
    using V = typename S::vector;
    peak = S::load(joint);
    for (int64_t j = 1; j < k; ++j) peak = S::max(peak, S::load(joint + j * stride));
    total = V{};
    for (int64_t j = 0; j < k; ++j) {
        const V below = S::load(joint + j * stride) - peak;
        const V e = S::exp_nonpositive(Root ? below * static_cast<typename S::real>(0.5) : below);
        S::store(joint + j * stride, e);
        total += Root ? e * e : e;
    }
}

// sums[t] += factor[t] * v[t] in float64
template <class S>
DRUMLIN_INLINE void add_lanes(typename S::vector v, const double* factor, double (&sums)[S::width]) {
    typename S::real lanes[S::width];
    S::store(lanes, v);
    for (int t = 0; t < S::width; ++t)
        sums[t] += factor ? factor[t] * static_cast<double>(lanes[t]) : static_cast<double>(lanes[t]);
}

// joint becomes e^(joint - peak) and w.total what turns it into the moments' weights: sample_weight / total. Returns the
// sum of sample_weight * log_density. All weights are 1 in the first `unit` rows: there four logarithms are one, of
// the product (k^4 does not overflow). With `Root` both joint and w.total are square roots.
template <class S, bool Root> double normalise(int64_t k, int64_t unit, int64_t used, const Workspace<S>& w) {
    using V = typename S::vector;
    using T = typename S::real;
    constexpr int N = 4;
    double sums[S::width] = {};
    V peak, total;
    int64_t b = 0;
    for (; b + N * S::width <= unit; b += N * S::width) {
        V product = S::fill(static_cast<T>(1));
        DRUMLIN_UNROLL
        for (int u = 0; u < N; ++u) {
            exponentiate<S, Root>(k, w.joint + b + u * S::width, w.stride, peak, total);
            const V factor = static_cast<T>(1) / total;
            S::store(w.total + b + u * S::width, Root ? S::sqrt(factor) : factor);
            product *= total;
            add_lanes<S>(peak, nullptr, sums);
        }
        add_lanes<S>(S::log(product), nullptr, sums);
    }
    for (; b < used; b += S::width) {
        exponentiate<S, Root>(k, w.joint + b, w.stride, peak, total);
        add_lanes<S>(peak, w.sample_weight + b, sums);
        add_lanes<S>(S::log(total), w.sample_weight + b, sums);
        T weight[S::width];
        for (int t = 0; t < S::width; ++t) weight[t] = static_cast<T>(w.sample_weight[b + t]);
        const V factor = S::load(weight) / total;
        S::store(w.total + b, Root ? S::sqrt(factor) : factor);
    }
    double sum = 0;
    for (const double lane : sums) sum += lane;
    return sum;
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
