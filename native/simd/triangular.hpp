// The E phase of a full covariance: q = |P (x - mean)|^2, P lower triangular, by blocks of rows of P.
#pragma once

#include "simd/layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// q += y^2 for rows `before` to before + R of y = P (x - mean) and `span` vectors of samples; `panel` holds these rows
// of P. `centred` holds x - mean of the columns below `before`. That of the columns on the diagonal is computed here,
// and stored in `centred` for later blocks with `Keep`.
template <class S, int R, bool Keep>
DRUMLIN_INLINE void whiten_rows(const typename S::real* panel, int64_t before, const typename S::real* x,
                                int64_t stride, const typename S::real* high, const typename S::real* low,
                                typename S::real* centred, typename S::vector (&q)[Blocks::span]) {
    using V = typename S::vector;
    constexpr int U = Blocks::span;
    constexpr int64_t group = group_rows<S>();
    V y[R][U] = {};
    for (int64_t l = 0; l < before; ++l, panel += R, centred += group) {
        V z[U];
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) z[u] = S::load_pinned(centred + u * S::width);
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            const V p = S::fill_pinned(panel[r]);
            DRUMLIN_UNROLL
            for (int u = 0; u < U; ++u) y[r][u] += p * z[u];
        }
    }
    x += before * stride;
    DRUMLIN_UNROLL
    for (int l = 0; l < R; ++l) {
        const V h = S::fill(high[before + l]), o = S::fill(low[before + l]);
        V z[U];
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) {
            z[u] = centre<S>(S::load(x + l * stride + u * S::width), h, o);
            S::pin(z[u]);
            if constexpr (Keep) S::store(centred + l * group + u * S::width, z[u]);
        }
        DRUMLIN_UNROLL
        for (int r = l; r < R; ++r) {
            const V p = S::fill_pinned(panel[l * R + r]);
            DRUMLIN_UNROLL
            for (int u = 0; u < U; ++u) y[r][u] += p * z[u];
        }
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u) q[u] += y[l][u] * y[l][u];  // row l of y is complete
    }
}

// All rows: blocks of R rows, then blocks of R + 1.
template <class S, int R>
DRUMLIN_INLINE void whiten_triangular(const RowBlocks& blocks, const typename S::real* panel, const typename S::real* x,
                                      int64_t stride, const typename S::real* high, const typename S::real* low,
                                      typename S::real* centred, typename S::vector (&q)[Blocks::span]) {
    int64_t i = 0;
    const int64_t shorter = blocks.longer ? blocks.shorter : blocks.shorter - 1;
    for (int64_t block = 0; block < shorter; ++block, panel += R * (i + R), i += R)
        whiten_rows<S, R, true>(panel, i, x, stride, high, low, centred, q);
    if constexpr (R < Blocks::rows) {
        if (blocks.longer) {
            for (int64_t block = 1; block < blocks.longer; ++block, panel += (R + 1) * (i + R + 1), i += R + 1)
                whiten_rows<S, R + 1, true>(panel, i, x, stride, high, low, centred, q);
            return whiten_rows<S, R + 1, false>(panel, i, x, stride, high, low, centred, q);
        }
    }
    whiten_rows<S, R, false>(panel, i, x, stride, high, low, centred, q);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
