// The E phase of a tile: rows in, log_joint per component out.
#pragma once

#include "diagonal.hpp"
#include "load.hpp"
#include "small.hpp"
#include "triangular.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// joint[b] = constants[j] - |P_j (x - mean_j)|^2 / 2 for the first `used` rows (a multiple of group_rows).
// D = d when that is small, else 0.
template <class S, int D, bool Triangular>
void log_joint_of(const Density& g, const Packed<typename S::real>& packed, int64_t j, int64_t used,
                  const Workspace<S>& w, typename S::real* joint) {
    using V = typename S::vector;
    using T = typename S::real;
    constexpr int U = Blocks::span;
    const T *high = packed.high + j * g.d, *low = packed.low + j * g.d, *p = packed.whitening + j * packed.stride;
    const V largest = S::fill(Format<T>::largest / 4), constant = S::fill(packed.constants[j]);
    const RowBlocks blocks(g.d);
    for (int64_t b = 0; b < used; b += group_rows<S>()) {
        V q[U] = {};
        if constexpr (D > 0) {
            whiten_small<S, D, Triangular>(p, w.x + b, w.stride, high, low, q);
        } else if constexpr (Triangular) {
            with_constant<Blocks::rows>(blocks.height, [&](auto rows) {
                whiten_triangular<S, decltype(rows)::value>(blocks, p, w.x + b, w.stride, high, low, w.centred, q);
            });
        } else {
            whiten_diagonal<S>(p, g.d, w.x + b, w.stride, high, low, q);
        }
        DRUMLIN_UNROLL
        for (int u = 0; u < U; ++u)  // S::min: what overflowed, NaN included, ends at `largest` too
            S::store(joint + b + u * S::width, constant - S::min(q[u], largest) * static_cast<T>(0.5));
    }
}

template <class S, int D>
void log_joint_form(const Density& g, const Packed<typename S::real>& packed, int64_t used, const Workspace<S>& w) {
    for (int64_t j = 0; j < g.k; ++j)
        if (g.triangular)
            log_joint_of<S, D, true>(g, packed, j, used, w, w.joint + j * w.stride);
        else
            log_joint_of<S, D, false>(g, packed, j, used, w, w.joint + j * w.stride);
}

template <class S>
void log_joint_tile(const Density& g, const Packed<typename S::real>& packed, int64_t used, const Workspace<S>& w) {
    if (g.d > Blocks::small) return log_joint_form<S, 0>(g, packed, used, w);
    with_constant<Blocks::small>(g.d, [&](auto d) { log_joint_form<S, decltype(d)::value>(g, packed, used, w); });
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
