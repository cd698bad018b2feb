// Both phases for d = D small enough that a whole component stays in registers.
#pragma once

#include "layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// q += |P (x - mean)|^2 for d = D in one go: neither x - mean nor y leaves the registers.
template <class S, int D, bool Triangular>
DRUMLIN_INLINE void whiten_small(const typename S::real* panel, const typename S::real* x, int64_t stride,
                                 const typename S::real* high, const typename S::real* low,
                                 typename S::vector (&q)[Blocks::span]) {
    using V = typename S::vector;
    constexpr int U = Blocks::span;
    V centred[D][U];
    DRUMLIN_UNROLL
    for (int i = 0; i < D; ++i)
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u)
            centred[i][u] = centre<S>(S::load(x + i * stride + u * S::width), S::fill(high[i]), S::fill(low[i]));
    DRUMLIN_UNROLL
    for (int r = 0; r < D; ++r) {
        V y[U] = {};
        DRUMLIN_UNROLL
        for (int l = Triangular ? 0 : r; l <= r; ++l) {
            const V p = S::fill(Triangular ? panel[panel_place<D>(r, l)] : panel[r]);
            DRUMLIN_UNROLL
            for (int u = 0; u < U; ++u) y[u] += p * centred[l][u];
        }
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) q[u] += y[u] * y[u];
    }
}

// The sums of w (x - mean) and of its products, which stay in registers.
template <class S, int D, bool Diagonal>
DRUMLIN_INLINE void add_small(const typename S::real* high, const typename S::real* low, int64_t used,
                              const Workspace<S>& w, double* shift, double* scatter) {
    using V = typename S::vector;
    constexpr int products = Diagonal ? D : D * (D + 1) / 2;
    V sums[D] = {}, squares[products] = {};
    for (int64_t b = 0; b < used; b += S::width) {
        const V weight = S::load(w.weight + b);
        V centred[D];
        DRUMLIN_UNROLL
        for (int i = 0; i < D; ++i) {
            centred[i] = centre<S>(S::load(w.x + i * w.stride + b), S::fill(high[i]), S::fill(low[i]));
            const V weighted = weight * centred[i];
            sums[i] += weighted;
            DRUMLIN_UNROLL
            for (int l = Diagonal ? i : 0; l <= i; ++l)
                squares[Diagonal ? i : i * (i + 1) / 2 + l] += weighted * centred[l];
        }
    }
    S::template add_sums<D>(sums, shift);
    S::template add_sums<products>(squares, scatter);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
