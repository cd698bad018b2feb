// From log_joint to responsibilities and log_density, a tile at a time.
#pragma once

#include "simd/load.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// joint becomes e^(joint - peak) with peak its largest over components, or 0 where that difference is below `least`;
// total becomes the sum over components. With `Root` joint becomes the square root of that. N vectors of rows are
// interleaved, because the steps of one exponential wait for each other.
template <class S, bool Root, int N>
DRUMLIN_INLINE void exponentiate(int64_t k, typename S::real* joint, int64_t stride, typename S::real least,
                                 typename S::vector (&peak)[N], typename S::vector (&total)[N]) {
    using V = typename S::vector;
    constexpr auto half = static_cast<typename S::real>(0.5);
    DRUMLIN_UNROLL
    for (int u = 0; u < N; ++u) {
        peak[u] = S::load(joint + u * S::width);
        total[u] = V{};
    }
    for (int64_t j = 1; j < k; ++j) {
        DRUMLIN_UNROLL
        for (int u = 0; u < N; ++u) peak[u] = S::max(peak[u], S::load(joint + j * stride + u * S::width));
    }
    for (int64_t j = 0; j < k; ++j, joint += stride) {
        DRUMLIN_UNROLL
        for (int u = 0; u < N; ++u) {
            const V below = S::load(joint + u * S::width) - peak[u];
            const V e = Root ? S::exp_nonpositive(below * half, least * half) : S::exp_nonpositive(below, least);
            S::store(joint + u * S::width, e);
            total[u] += Root ? e * e : e;
        }
    }
}

// Sums in float64, one per lane of S.
template <class S> struct WideSums {
    static constexpr int parts = static_cast<int>(sizeof(double) / sizeof(typename S::real));
    using Wide = Simd<double, S::bytes>;
    using Narrow = Simd<typename S::real, S::bytes / parts>;
    typename Wide::vector sums[parts] = {};

    // Adds factor * v.
    DRUMLIN_INLINE void add(typename S::vector v, const double* factor = nullptr) {
        typename S::real lanes[S::width];
        S::store(lanes, v);
        DRUMLIN_UNROLL
        for (int p = 0; p < parts; ++p) {
            const auto term = __builtin_convertvector(Narrow::load(lanes + p * Wide::width), typename Wide::vector);
            sums[p] += factor ? term * Wide::load(factor + p * Wide::width) : term;
        }
    }
    double total() const {
        double sum = 0;
        for (const auto& part : sums)
            for (int t = 0; t < Wide::width; ++t) sum += part[t];
        return sum;
    }
};

// joint becomes e^(joint - peak), and w.total the factor that turns it into weights of the moments, sample_weight /
// total. Returns the sum of sample_weight * log_density. In the first `unit` rows all weights are 1, and one logarithm
// of a product replaces four (k^4 does not overflow). With `Root` both joint and w.total are square roots.
template <class S, bool Root>
double normalise(int64_t k, int64_t unit, int64_t used, const Workspace<S>& w, const Prefetch& prefetch) {
    using V = typename S::vector;
    using T = typename S::real;
    constexpr int N = 4;
    constexpr T least = Format<T>::negligible_exponent;
    WideSums<S> sums;
    const auto add_weighted = [&](int64_t b, V peak, V total) {
        sums.add(peak, w.sample_weight + b);
        sums.add(S::log(total), w.sample_weight + b);
        T weight[S::width];
        for (int t = 0; t < S::width; ++t) weight[t] = static_cast<T>(w.sample_weight[b + t]);
        const V factor = S::load(weight) / total;
        S::store(w.total + b, Root ? S::sqrt(factor) : factor);
    };
    int64_t b = 0;
    for (; b + N * S::width <= used; b += N * S::width) {
        V peak[N], total[N];
        prefetch.fetch(b, N * S::width);
        exponentiate<S, Root>(k, w.joint + b, w.stride, least, peak, total);
        if (b + N * S::width <= unit) {
            V product = S::fill(static_cast<T>(1));
            DRUMLIN_UNROLL
            for (int u = 0; u < N; ++u) {
                const V factor = static_cast<T>(1) / total[u];
                S::store(w.total + b + u * S::width, Root ? S::sqrt(factor) : factor);
                product *= total[u];
                sums.add(peak[u]);
            }
            sums.add(S::log(product));
        } else {
            for (int u = 0; u < N; ++u) add_weighted(b + u * S::width, peak[u], total[u]);
        }
    }
    for (; b < used; b += S::width) {
        V peak[1], total[1];
        exponentiate<S, Root>(k, w.joint + b, w.stride, least, peak, total);
        add_weighted(b, peak[0], total[0]);
    }
    return sums.total();
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
