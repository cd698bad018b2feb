// The scatter of one component: the sums over samples of all products of two features, in register blocks.
#pragma once

#include "layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// The sums over samples of R x C products left[r] * right[c].
template <class S, int R, int C>
DRUMLIN_INLINE void scatter_block(const typename S::real* left, const typename S::real* right, int64_t stride,
                                  int64_t used, double* sums) {
    using V = typename S::vector;
    V product[R][C] = {};
    for (int64_t b = 0; b < used; b += S::width) {
        V x[C];
        DRUMLIN_UNROLL
        for (int c = 0; c < C; ++c) { x[c] = S::load(right + c * stride + b); S::pin(x[c]); }
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            V p = S::load(left + r * stride + b);
            S::pin(p);
            DRUMLIN_UNROLL
            for (int c = 0; c < C; ++c) product[r][c] += p * x[c];
        }
    }
    S::template add_sums<R * C>(&product[0][0], sums);
}

template <class S> void scatter_tile(int64_t d, int64_t used, const Workspace<S>& w, double* sums) {
    for_each_block(d, [&](int64_t i, int64_t rows, int64_t l, int64_t columns) {
        const auto *left = w.centred + i * w.stride, *right = w.centred + l * w.stride;
        with_constant<Blocks::rows>(rows, [&](auto R) {
            with_constant<Blocks::span>(columns, [&](auto C) {
                scatter_block<S, decltype(R)::value, decltype(C)::value>(left, right, w.stride, used, sums);
            });
        });
        sums += S::padded(static_cast<int>(rows * columns));
    });
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
