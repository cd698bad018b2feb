// The E phase of a tile: log_joint of its rows for each component.
#pragma once

#include "simd/diagonal.hpp"
#include "simd/load.hpp"
#include "simd/small.hpp"
#include "simd/triangular.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// joint[b] = constants[j] - |P_j (x - mean_j)|^2 / 2 for the first `used` rows (a multiple of group_rows).
// D is d when that is small, else 0; P is diagonal when D is 0.
template <class S, int D, bool Triangular>
void log_joint_of(const Density& g, const Packed<typename S::real>& packed, int64_t j, int64_t used,
                  const Workspace<S>& w, typename S::real* joint) {
    using V = typename S::vector;
    const auto *high = packed.high + j * g.d, *low = packed.low + j * g.d, *p = packed.whitening + j * packed.stride;
    const V constant = S::fill(packed.constants[j]);
    for (int64_t b = 0; b < used; b += group_rows<S>()) {
        V q[Blocks::span] = {};
        if constexpr (D > 0)
            whiten_small<S, D, Triangular>(p, w.x + b, w.stride, high, low, q);
        else
            whiten_diagonal<S>(p, g.d, w.x + b, w.stride, high, low, q);
        store_joint<S>(q, constant, joint + b);
    }
}

// The same for triangular P and larger d: all components on one chunk of rows, then on the next.
template <class S>
void log_joint_triangular(const Density& g, const Packed<typename S::real>& packed, int64_t used,
                          const Workspace<S>& w) {
    const RowBlocks blocks(g.d);
    const int64_t chunk = round_up(chunk_vectors<S>(g.d) * S::width, group_rows<S>());
    with_constant<Blocks::rows>(blocks.height, [&](auto rows) {
        for (int64_t begin = 0; begin < used; begin += chunk)
            for (int64_t j = 0; j < g.k; ++j) {
                const auto *high = packed.high + j * g.d, *low = packed.low + j * g.d;
                const auto* p = packed.whitening + j * packed.stride;
                const typename S::vector constant = S::fill(packed.constants[j]);
                for (int64_t b = begin; b < smaller(begin + chunk, used); b += group_rows<S>()) {
                    typename S::vector q[Blocks::span] = {};
                    whiten_triangular<S, decltype(rows)::value>(blocks, p, w.x + b, w.stride, high, low, w.centred, q);
                    store_joint<S>(q, constant, w.joint + j * w.stride + b);
                }
            }
    });
}

template <class S, int D, bool Triangular>
void log_joint_form(const Density& g, const Packed<typename S::real>& packed, int64_t used, const Workspace<S>& w) {
    for (int64_t j = 0; j < g.k; ++j) log_joint_of<S, D, Triangular>(g, packed, j, used, w, w.joint + j * w.stride);
}

template <class S>
void log_joint_tile(const Density& g, const Packed<typename S::real>& packed, int64_t used, const Workspace<S>& w) {
    if (g.d > Blocks::small)
        return g.triangular ? log_joint_triangular<S>(g, packed, used, w)
                            : log_joint_form<S, 0, false>(g, packed, used, w);
    with_constant<Blocks::small>(g.d, [&](auto d) {
        constexpr int D = decltype(d)::value;
        g.triangular ? log_joint_form<S, D, true>(g, packed, used, w) : log_joint_form<S, D, false>(g, packed, used, w);
    });
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
