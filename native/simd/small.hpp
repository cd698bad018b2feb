// Both phases for d = D so small that a whole component stays in registers.
#pragma once

#include "simd/layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// q += |P (x - mean)|^2. Neither x - mean nor y = P (x - mean) leaves the registers.
template <class S, int D, bool Triangular>
DRUMLIN_INLINE void whiten_small(const typename S::real* panel, const typename S::real* x, int64_t stride,
                                 const typename S::real* high, const typename S::real* low,
                                 typename S::vector (&q)[Blocks::span]) {
    using V = typename S::vector;
    constexpr int U = Blocks::span;
    V centred[D][U];
    DRUMLIN_UNROLL
    for (int i = 0; i < D; ++i) {
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u)
            centred[i][u] = centre<S>(S::load(x + i * stride + u * S::width), S::fill(high[i]), S::fill(low[i]));
    }
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

// With weight = joint * w.total, the sums of weight, weight (x - mean) and weight (x - mean) (x - mean)^T, all in
// registers.
template <class S, int D, bool Diagonal>
DRUMLIN_INLINE void add_small(const typename S::real* high, const typename S::real* low, const typename S::real* joint,
                              int64_t used, const Workspace<S>& w, double* mass, double* shift, double* scatter) {
    using V = typename S::vector;
    constexpr int products = Diagonal ? D : D * (D + 1) / 2;
    // An addition waits for the one before, so few sums are split into several that run side by side.
    constexpr int N = D == 1 ? Blocks::span : 1;
    V total[N] = {}, sums[N][D] = {}, squares[N][products] = {};
    for (int64_t b = 0; b < used;) {
        DRUMLIN_UNROLL
        for (int u = 0; u < N; ++u, b += S::width) {
            const V weight = S::load(joint + b) * S::load(w.total + b);
            total[u] += weight;
            V centred[D];
            DRUMLIN_UNROLL
            for (int i = 0; i < D; ++i) {
                centred[i] = centre<S>(S::load(w.x + i * w.stride + b), S::fill(high[i]), S::fill(low[i]));
                const V weighted = weight * centred[i];
                sums[u][i] += weighted;
                DRUMLIN_UNROLL
                for (int l = Diagonal ? i : 0; l <= i; ++l)
                    squares[u][Diagonal ? i : i * (i + 1) / 2 + l] += weighted * centred[l];
            }
        }
    }
    DRUMLIN_UNROLL
    for (int u = 1; u < N; ++u) {
        total[0] += total[u];
        for (int i = 0; i < D; ++i) sums[0][i] += sums[u][i];
        for (int i = 0; i < products; ++i) squares[0][i] += squares[u][i];
    }
    S::template add_sums<1>(total, mass);
    S::template add_sums<D>(sums[0], shift);
    S::template add_sums<products>(squares[0], scatter);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
