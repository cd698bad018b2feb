// The E phase of a tile: rows in, log_joint per component, then responsibilities and the log of their sums.
#pragma once

#include "layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <class T> DRUMLIN_INLINE T read(const char* from) {
    T value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

// Rows whose numbers lie side by side, in squares of as many rows as a vector has lanes; a last square overlaps the one
// before. Returns how many rows it did.
template <class T, int Bytes>
int64_t load_squares(const Rows& x, const char* first, int64_t count, int64_t stride, T* tile) {
    using S = Simd<T, Bytes>;
    if constexpr (S::width == 1) {
        return 0;
    } else {
        if (x.d < S::width) return load_squares<T, Bytes / 2>(x, first, count, stride, tile);
        int64_t b = 0;
        for (; b + S::width <= count; b += S::width)
            for (int64_t i = 0; i < x.d; i += S::width) {
                const int64_t column = smaller(i, x.d - S::width);
                const char* from = first + b * x.row_step + column * static_cast<int64_t>(sizeof(T));
                typename S::vector v[S::width];
                DRUMLIN_UNROLL
                for (int t = 0; t < S::width; ++t) __builtin_memcpy(&v[t], from + t * x.row_step, sizeof v[t]);
                S::transpose(v);
                DRUMLIN_UNROLL
                for (int t = 0; t < S::width; ++t) S::store(tile + (column + t) * stride + b, v[t]);
            }
        return b;
    }
}

// tile[i * stride + b] = x[begin + b, i]; rows from `count` up to `used` are zero.
template <class S>
void load_rows(const Rows& x, int64_t begin, int64_t count, int64_t used, int64_t stride, typename S::real* tile) {
    using T = typename S::real;
    const char* first = x.data + begin * x.row_step;
    const bool side_by_side = x.column_step == static_cast<int64_t>(sizeof(T));
    const int64_t done = side_by_side ? load_squares<T, S::width * sizeof(T)>(x, first, count, stride, tile) : 0;
    for (int64_t i = 0; i < x.d; ++i) {
        const char* column = first + i * x.column_step;
        T* to = tile + i * stride;
        for (int64_t b = done; b < count; ++b) to[b] = read<T>(column + b * x.row_step);
        for (int64_t b = count; b < used; ++b) to[b] = 0;
    }
}

// x - mean, where the mean of float32 data is a pair: rounded to float32 alone it would be off by 0.03 at 1e6.
template <class S>
DRUMLIN_INLINE typename S::vector centre(typename S::vector x, typename S::vector high, typename S::vector low) {
    if constexpr (sizeof(typename S::real) == 4)
        return (x - high) - low;
    else
        return x - high;
}

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

// The same for d = D in one go: neither x - mean nor y leaves the registers.
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
    for (int64_t b = 0; b < used; b += group_rows<S>()) {
        V q[U] = {};
        if constexpr (D > 0) {
            whiten_small<S, D, Triangular>(p, w.x + b, w.stride, high, low, q);
        } else if constexpr (Triangular) {
            centre_group<S>(g.d, w.x + b, w.stride, high, low, w.centred);
            whiten_triangular<S>(p, g.d, w.centred, q);
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

// joint becomes e^(joint - peak), its largest over components; total its sum; weight the log of that sum.
template <class S> void exponentiate(int64_t k, int64_t used, const Workspace<S>& w) {
    using V = typename S::vector;
    for (int64_t b = 0; b < used; b += S::width) {
        V peak = S::load(w.joint + b);
        for (int64_t j = 1; j < k; ++j) peak = S::max(peak, S::load(w.joint + j * w.stride + b));
        V total = {};
        for (int64_t j = 0; j < k; ++j) {
            const V e = S::exp_nonpositive(S::load(w.joint + j * w.stride + b) - peak);
            S::store(w.joint + j * w.stride + b, e);
            total += e;
        }
        S::store(w.peak + b, peak);
        S::store(w.total + b, total);
        S::store(w.weight + b, S::log(total));
    }
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
