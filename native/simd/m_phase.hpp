// The M phase of a tile: mass, shift and scatter of one component about its mean, added to the sums of a part.
#pragma once

#include "simd/e_phase.hpp"
#include "simd/scatter.hpp"
#include "simd/weights.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// For N features: the sums of w (x - mean) and of w (x - mean)^2, computed from z = sqrt(w) (x - mean). With `First` w
// is replaced by sqrt(w) in the same loop, where the square roots run beside the other work.
template <class S, int N, bool First>
DRUMLIN_INLINE void add_features(const typename S::real* high, const typename S::real* low, const typename S::real* x,
                                 typename S::real* root, int64_t stride, int64_t used, double* shift, double* scatter) {
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
            squares[i] += z * z;
        }
    }
    S::template add_sums<N>(sums, shift);
    S::template add_sums<N>(squares, scatter);
}

// Shift and diagonal scatter, with the weights in w.weight.
template <class S>
void add_diagonal(int64_t d, const typename S::real* high, const typename S::real* low, int64_t used,
                  const Workspace<S>& w, double* shift, double* scatter) {
    constexpr int N = Blocks::shift;
    for (int64_t i = 0; i < d; i += N, shift += S::padded(N), scatter += S::padded(N))
        with_constant<N>(smaller<int64_t>(N, d - i), [&](auto features) {
            constexpr int n = decltype(features)::value;
            const auto* x = w.x + i * w.stride;
            if (i == 0)
                add_features<S, n, true>(high, low, x, w.weight, w.stride, used, shift, scatter);
            else
                add_features<S, n, false>(high + i, low + i, x, w.weight, w.stride, used, shift, scatter);
        });
}

template <class S, bool Diagonal>
void add_moments(const Density& g, const Packed<typename S::real>& packed, int64_t j, const typename S::real* joint,
                 int64_t used, const Workspace<S>& w, double* component) {
    const auto *high = packed.high + j * g.d, *low = packed.low + j * g.d;
    double *shift = component + S::width, *scatter = shift + Sums<S>::shift_length(g.d);
    if (g.d <= Blocks::small)
        with_constant<Blocks::small>(g.d, [&](auto d) {
            add_small<S, decltype(d)::value, Diagonal>(high, low, joint, used, w, component, shift, scatter);
        });
    else if constexpr (!Diagonal)
        add_full_moments<S>(g, high, low, joint, used, w, component);
    else if (weight_rows<S>(joint, w.total, used, w.weight, component))
        add_diagonal<S>(g.d, high, low, used, w, shift, scatter);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
