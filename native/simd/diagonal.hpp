// The E phase of a diagonal covariance: q += |p (x - mean)|^2 for a group of rows.
#pragma once

#include "simd/layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <class S>
DRUMLIN_INLINE void whiten_diagonal(const typename S::real* scale, int64_t d, const typename S::real* x, int64_t stride,
                                    const typename S::real* high, const typename S::real* low,
                                    typename S::vector (&q)[Blocks::span]) {
    for (int64_t i = 0; i < d; ++i) {
        const typename S::vector p = S::fill(scale[i]), h = S::fill(high[i]), l = S::fill(low[i]);
        DRUMLIN_UNROLL
        for (int u = 0; u < Blocks::span; ++u) {
            const typename S::vector y = p * centre<S>(S::load(x + i * stride + u * S::width), h, l);
            q[u] += y * y;
        }
    }
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
