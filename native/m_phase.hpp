// The M phase of a tile: mass, shift and scatter of one component about its mean, added to the sums of a part.
#pragma once

#include "e_phase.hpp"
#include "scatter.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// For N features: the sums of w (x - mean), and sqrt(w) (x - mean) stored, or when diagonal the sums of its squares.
// The first features turn w into sqrt(w) on the way: the square roots hide behind the other work.
template <class S, int N, bool Diagonal, bool First>
DRUMLIN_INLINE void centre_features(const typename S::real* high, const typename S::real* low,
                                    const typename S::real* x, typename S::real* root, int64_t stride, int64_t used,
                                    typename S::real* centred, double* shift, double* scatter) {
    using V = typename S::vector;
    V sums[N] = {}, squares[N] = {};
    for (int64_t b = 0; b < used; b += S::width) {
        V r = S::load(root + b);
        if constexpr (First) {
            r = S::sqrt(r);
            S::store(root + b, r);
        }
        DRUMLIN_UNROLL
        for (int i = 0; i < N; ++i) {
            const V z = r * centre<S>(S::load(x + i * stride + b), S::fill(high[i]), S::fill(low[i]));
            sums[i] += r * z;
            if constexpr (Diagonal)
                squares[i] += z * z;
            else
                S::store(centred + i * stride + b, z);
        }
    }
    S::template add_sums<N>(sums, shift);
    if constexpr (Diagonal) S::template add_sums<N>(squares, scatter);
}

template <class S, bool Diagonal>
void centre_tile(int64_t d, const typename S::real* high, const typename S::real* low, int64_t used,
                 const Workspace<S>& w, double* shift, double* scatter) {
    constexpr int N = Blocks::shift;
    for (int64_t i = 0; i < d; i += N, shift += S::padded(N), scatter += S::padded(N)) {
        const auto* x = w.x + i * w.stride;
        auto* centred = w.centred + i * w.stride;
        with_constant<N>(smaller<int64_t>(N, d - i), [&](auto features) {
            constexpr int n = decltype(features)::value;
            if (i == 0)
                centre_features<S, n, Diagonal, true>(high, low, x, w.weight, w.stride, used, centred, shift, scatter);
            else
                centre_features<S, n, Diagonal, false>(high + i, low + i, x, w.weight, w.stride, used, centred, shift,
                                                       scatter);
        });
    }
}

// w.weight = joint * factor (w.total), negligible ones 0; returns whether any is left. Their sum is added to `mass`.
template <class S> bool weigh(const typename S::real* joint, int64_t used, const Workspace<S>& w, double* mass) {
    using V = typename S::vector;
    const V negligible = S::fill(Format<typename S::real>::negligible);
    V sum = {};
    for (int64_t b = 0; b < used; b += S::width) {
        V weight = S::load(joint + b);
        weight = (weight > negligible ? weight : V{}) * S::load(w.total + b);
        S::store(w.weight + b, weight);
        sum += weight;
    }
    double total[S::width] = {};
    S::template add_sums<1>(&sum, total);
    *mass += total[0];
    return total[0] != 0;
}

template <class S, bool Diagonal>
void add_moments(const Density& g, const Packed<typename S::real>& packed, int64_t j, int64_t used,
                 const Workspace<S>& w, double* component) {
    const auto *high = packed.high + j * g.d, *low = packed.low + j * g.d;
    if constexpr (!Diagonal)
        if (g.d > Blocks::small)
            return add_full_moments<S>(g, high, low, w.joint + j * w.stride, used, w, component);
    double *shift = component + S::width, *scatter = shift + Sums<S>::shift_length(g.d);
    const auto* joint = w.joint + j * w.stride;
    if (g.d <= Blocks::small)
        return with_constant<Blocks::small>(g.d, [&](auto d) {
            add_small<S, decltype(d)::value, Diagonal>(high, low, joint, used, w, component, shift, scatter);
        });
    if (!weigh<S>(joint, used, w, component)) return;
    if constexpr (Diagonal) centre_tile<S, true>(g.d, high, low, used, w, shift, scatter);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
