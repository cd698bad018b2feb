// The M phase of a tile: mass, shift and scatter of one component about its mean, added to the sums of a part.
#pragma once

#include "e_phase.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// For d = D small: nothing but the sums, which stay in registers.
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

// For N features: the sums of w (x - mean), and sqrt(w) (x - mean) stored, or when diagonal the sums of its squares.
// The first features turn w into sqrt(w) on the way: the square roots hide behind the other work.
template <class S, int N, bool Diagonal, bool First>
DRUMLIN_INLINE void centre_features(const typename S::real* high, const typename S::real* low,
                                    const typename S::real* x, typename S::real* root, int64_t stride, int64_t used,
                                    typename S::real* centred, double* shift, double* scatter) {
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
            if constexpr (Diagonal)
                squares[i] += z * z;
            else
                S::store(centred + i * stride + b, z);
        }
    }
    S::template add_sums<N>(sums, shift);
    if constexpr (Diagonal) S::template add_sums<N>(squares, scatter);
}

template <class S, bool Diagonal>
void centre_tile(int64_t d, const typename S::real* high, const typename S::real* low, int64_t used,
                 const Workspace<S>& w, double* shift, double* scatter) {
    constexpr int N = Blocks::shift;
    for (int64_t i = 0; i < d; i += N, shift += S::padded(N), scatter += S::padded(N)) {
        const auto* x = w.x + i * w.stride;
        auto* centred = w.centred + i * w.stride;
        with_constant<N>(smaller<int64_t>(N, d - i), [&](auto features) {
            constexpr int n = decltype(features)::value;
            if (i == 0)
                centre_features<S, n, Diagonal, true>(high, low, x, w.weight, w.stride, used, centred, shift, scatter);
            else
                centre_features<S, n, Diagonal, false>(high + i, low + i, x, w.weight, w.stride, used, centred, shift,
                                                       scatter);
        });
    }
}

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
    double total[S::width] = {};
    S::template add_sums<1>(&sum, total);
    *mass += total[0];
    return total[0] != 0;
}

template <class S, bool Diagonal>
void add_moments(const Density& g, const Packed<typename S::real>& packed, int64_t j, int64_t used,
                 const Workspace<S>& w, double* component) {
    const auto *high = packed.high + j * g.d, *low = packed.low + j * g.d;
    double *shift = component + S::width, *scatter = shift + Sums<S>::shift_length(g.d);
    if (!weigh<S>(w.joint + j * w.stride, used, w, component)) return;
    if (g.d <= Blocks::small) {
        with_constant<Blocks::small>(g.d, [&](auto d) {
            add_small<S, decltype(d)::value, Diagonal>(high, low, used, w, shift, scatter);
        });
        return;
    }
    centre_tile<S, Diagonal>(g.d, high, low, used, w, shift, scatter);
    if constexpr (!Diagonal) scatter_tile<S>(g.d, used, w, scatter);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
