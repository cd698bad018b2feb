// The E phase of a full covariance: q += |P (x - mean)|^2 for a group of rows.
#pragma once

#include "layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// x - mean for one group of rows, contiguous: it stays in the first-level cache.
template <class S>
DRUMLIN_INLINE void centre_group(int64_t d, const typename S::real* x, int64_t stride, const typename S::real* high,
                                 const typename S::real* low, typename S::real* centred) {
    for (int64_t i = 0; i < d; ++i) {
        const typename S::vector h = S::fill(high[i]), l = S::fill(low[i]);
        DRUMLIN_UNROLL
        for (int u = 0; u < Blocks::span; ++u)
            S::store(centred + (i * Blocks::span + u) * S::width,
                     centre<S>(S::load(x + i * stride + u * S::width), h, l));
    }
}

// q += y^2 for R rows of y = P (x - mean) and `span` vectors of samples. `before`: columns left of the diagonal block.
template <class S, int R>
DRUMLIN_INLINE void whiten_rows(const typename S::real* panel, int64_t before, const typename S::real* centred,
                                typename S::vector (&q)[Blocks::span]) {
    using V = typename S::vector;
    constexpr int U = Blocks::span;
    constexpr int64_t stride = group_rows<S>();
    V y[R][U] = {};
    for (int64_t l = 0; l < before; ++l) {
        V x[U];
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) { x[u] = S::load(centred + l * stride + u * S::width); S::pin(x[u]); }
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            V p = S::fill(panel[l * R + r]);
            S::pin(p);
            DRUMLIN_UNROLL
            for (int u = 0; u < U; ++u) y[r][u] += p * x[u];
        }
    }
    panel += before * R;
    centred += before * stride;
    DRUMLIN_UNROLL
    for (int l = 0; l < R; ++l) {
        V x[U];
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) { x[u] = S::load(centred + l * stride + u * S::width); S::pin(x[u]); }
        DRUMLIN_UNROLL
        for (int r = l; r < R; ++r) {
            V p = S::fill(panel[l * R + r]);
            S::pin(p);
            DRUMLIN_UNROLL
            for (int u = 0; u < U; ++u) y[r][u] += p * x[u];
        }
    }
    DRUMLIN_UNROLL
    for (int r = 0; r < R; ++r)
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) q[u] += y[r][u] * y[r][u];
}

template <class S>
DRUMLIN_INLINE void whiten_triangular(const typename S::real* panel, int64_t d, const typename S::real* centred,
                                      typename S::vector (&q)[Blocks::span]) {
    int64_t i = 0;
    for (; i + Blocks::rows <= d; i += Blocks::rows) {
        whiten_rows<S, Blocks::rows>(panel, i, centred, q);
        panel += Blocks::rows * (i + Blocks::rows);
    }
    if (i < d)
        with_constant<Blocks::rows - 1>(
            d - i, [&](auto rows) { whiten_rows<S, decltype(rows)::value>(panel, i, centred, q); });
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
