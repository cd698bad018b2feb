// The M phase of a tile: mass, shift and scatter of one component about its mean, added to the sums of a part.
#pragma once

#include "e_phase.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// centred = x - mean, weighted = w (x - mean) and the sums of the latter, for N features from i on; when diagonal,
// instead of storing, the sums of w (x - mean)^2.
template <class S, int N, bool Diagonal>
DRUMLIN_INLINE void centre_features(const Packed<typename S::real>& packed, int64_t mean, int64_t i, int64_t used,
                                    const Workspace<S>& w, double* shift, double* scatter) {
    using V = typename S::vector;
    V sums[N] = {}, squares[N] = {}, high[N], low[N];
    DRUMLIN_UNROLL
    for (int r = 0; r < N; ++r) {
        high[r] = S::fill(packed.high[mean + i + r]);
        low[r] = S::fill(packed.low[mean + i + r]);
    }
    for (int64_t b = 0; b < used; b += S::width) {
        const V weight = S::load(w.weight + b);
        DRUMLIN_UNROLL
        for (int r = 0; r < N; ++r) {
            const int64_t at = (i + r) * w.rows + b;
            const V centred = centre<S>(S::load(w.x + at), high[r], low[r]), weighted = weight * centred;
            sums[r] += weighted;
            if constexpr (Diagonal) {
                squares[r] += weighted * centred;
            } else {
                S::store(w.centred + at, centred);
                S::store(w.weighted + at, weighted);
            }
        }
    }
    S::template add_sums<N>(sums, shift);
    if constexpr (Diagonal) S::template add_sums<N>(squares, scatter);
}

template <class S, bool Diagonal>
void centre_tile(const Density& g, const Packed<typename S::real>& packed, int64_t j, int64_t used,
                 const Workspace<S>& w, double* shift, double* scatter) {
    constexpr int N = Blocks::shift;
    for (int64_t i = 0; i < g.d; i += N) {
        with_constant<N>(smaller<int64_t>(N, g.d - i), [&](auto features) {
            centre_features<S, decltype(features)::value, Diagonal>(packed, j * g.d, i, used, w, shift, scatter);
        });
        shift += S::padded(N);
        scatter += S::padded(N);
    }
}

// The sums over samples of R x C products weighted[r] * centred[c].
template <class S, int R, int C>
DRUMLIN_INLINE void scatter_block(const typename S::real* weighted, const typename S::real* centred, int64_t stride,
                                  int64_t used, double* sums) {
    using V = typename S::vector;
    V product[R][C] = {};
    for (int64_t b = 0; b < used; b += S::width) {
        V x[C];
        DRUMLIN_UNROLL
        for (int c = 0; c < C; ++c) { x[c] = S::load(centred + c * stride + b); S::pin(x[c]); }
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            V p = S::load(weighted + r * stride + b);
            S::pin(p);
            DRUMLIN_UNROLL
            for (int c = 0; c < C; ++c) product[r][c] += p * x[c];
        }
    }
    S::template add_sums<R * C>(&product[0][0], sums);
}

template <class S> void scatter_tile(int64_t d, int64_t used, const Workspace<S>& w, double* sums) {
    for_each_block(d, [&](int64_t i, int64_t rows, int64_t l, int64_t columns) {
        const auto *left = w.weighted + i * w.rows, *right = w.centred + l * w.rows;
        with_constant<Blocks::rows>(rows, [&](auto R) {
            with_constant<Blocks::span>(columns, [&](auto C) {
                scatter_block<S, decltype(R)::value, decltype(C)::value>(left, right, w.rows, used, sums);
            });
        });
        sums += S::padded(static_cast<int>(rows * columns));
    });
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
    const double before = mass[0];
    S::template add_sums<1>(&sum, mass);
    typename S::real lanes[S::width];
    S::store(lanes, sum);
    for (int t = 0; t < S::width; ++t)
        if (lanes[t] != 0) return true;
    mass[0] = before;
    return false;
}

template <class S>
void add_moments(const Density& g, const Packed<typename S::real>& packed, bool diagonal, int64_t j, int64_t used,
                 const Workspace<S>& w, double* component) {
    double *shift = component + S::width, *scatter = shift + Sums<S>::shift_length(g.d);
    if (!weigh<S>(w.joint + j * w.rows, used, w, component)) return;
    if (diagonal) {
        centre_tile<S, true>(g, packed, j, used, w, shift, scatter);
    } else {
        centre_tile<S, false>(g, packed, j, used, w, shift, scatter);
        scatter_tile<S>(g.d, used, w, scatter);
    }
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
