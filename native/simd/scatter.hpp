// The M phase of full moments. With z = sqrt(w) (1, x - mean), the lower triangle of sum z z^T holds mass, shift and
// scatter. Each lane keeps its own sums through a tile, so that lanes are added once.
#pragma once

#include "simd/layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// Rows of a tile, and the mean to subtract from them.
template <class S> struct CentredRows {
    const typename S::real *x, *high, *low;
    int64_t stride;
};

// sums[r, c] += z[row + r] z[column + c] over samples, for R x C features. The `size` features of one vector of samples
// are contiguous.
template <class S, int R, int C>
DRUMLIN_INLINE void add_rectangle(const typename S::real* z, const Piece& at, int64_t size, int64_t vectors,
                                  typename S::real* sums) {
    using V = typename S::vector;
    V product[R][C] = {};
    const auto *left = z + at.row * S::width, *right = z + at.column * S::width;
    for (int64_t b = 0; b < vectors; ++b, left += size * S::width, right += size * S::width) {
        V x[C];
        DRUMLIN_UNROLL
        for (int c = 0; c < C; ++c) x[c] = S::load_pinned(right + c * S::width);
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            const V p = S::load_pinned(left + r * S::width);
            DRUMLIN_UNROLL
            for (int c = 0; c < C; ++c) product[r][c] += p * x[c];
        }
    }
    DRUMLIN_UNROLL
    for (int r = 0; r < R; ++r) {
        DRUMLIN_UNROLL
        for (int c = 0; c < C; ++c, sums += S::width) S::store(sums, S::load(sums) + product[r][c]);
    }
}

// Computes R features of z = sqrt(w) (x - mean) and sums their products with each other and with the B features before
// them, so that the stores of z run beside the products. z[0] = sqrt(w) is given; with `First` it is one of the R.
template <class S, int R, int B, bool First>
DRUMLIN_INLINE void add_corner(const CentredRows<S>& from, int64_t row, int64_t size, int64_t vectors,
                               typename S::real* z, typename S::real* sums) {
    using V = typename S::vector;
    V product[R][B + R] = {};
    const auto *high = from.high + row - 1, *low = from.low + row - 1, *x = from.x + (row - 1) * from.stride;
    for (int64_t b = 0; b < vectors; ++b, z += size * S::width, x += S::width) {
        auto* features = z + row * S::width;
        const V root = S::load(z);
        V v[B + R];
        if constexpr (First) v[0] = root;
        DRUMLIN_UNROLL
        for (int c = 0; c < B; ++c) v[c] = S::load(features + (c - B) * S::width);
        DRUMLIN_UNROLL
        for (int r = First ? 1 : 0; r < R; ++r) {
            v[B + r] = root * centre<S>(S::load(x + r * from.stride), S::fill(high[r]), S::fill(low[r]));
            S::store(features + r * S::width, v[B + r]);
        }
        DRUMLIN_UNROLL
        for (int r = 0; r < R; ++r) {
            DRUMLIN_UNROLL
            for (int c = 0; c <= B + r; ++c) product[r][c] += v[B + r] * v[c];
        }
    }
    DRUMLIN_UNROLL
    for (int r = 0; r < R; ++r) {
        DRUMLIN_UNROLL
        for (int c = 0; c <= B + r; ++c, sums += S::width) S::store(sums, S::load(sums) + product[r][c]);
    }
}

// All pieces of the triangle.
template <class S>
void add_triangle(const CentredRows<S>& from, int64_t size, int64_t vectors, typename S::real* z,
                  typename S::real* sums) {
    using P = Pieces;
    P::each(size, [&](const Piece& piece) {
        if (!piece.corner)
            with_constant<P::columns>(piece.columns, [&](auto C) {
                add_rectangle<S, P::rows, decltype(C)::value>(z, piece, size, vectors, sums);
            });
        else if (piece.row == 0)
            with_constant<P::first>(piece.rows, [&](auto R) {
                add_corner<S, decltype(R)::value, 0, true>(from, 0, size, vectors, z, sums);
            });
        else
            with_constant<P::beside + 1>(piece.columns - P::rows + 1, [&](auto C) {
                add_corner<S, P::rows, decltype(C)::value - 1, false>(from, piece.row, size, vectors, z, sums);
            });
        sums += piece.products() * S::width;
    });
}

template <class S> DRUMLIN_INLINE bool any_positive(typename S::vector v) {
    const auto positive = v > typename S::vector{};
    bool any = false;
    DRUMLIN_UNROLL
    for (int t = 0; t < S::width; ++t) any |= positive[t] != 0;
    return any;
}

// sqrt(w) of `vectors` vectors of samples into the first features of z; false if all are 0.
template <class S>
DRUMLIN_INLINE bool weight_chunk(const typename S::real* joint, const typename S::real* factor, int64_t vectors,
                                 int64_t size, typename S::real* z) {
    using V = typename S::vector;
    V largest = {};
    for (int64_t b = 0; b < vectors; ++b, z += size * S::width) {
        const V root = S::load(joint + b * S::width) * S::load(factor + b * S::width);
        S::store(z, root);
        largest = S::max(largest, root);
    }
    return any_positive<S>(largest);
}

// Mass, shift and scatter of one component, added to `sums` in the order of the pieces of their triangle.
template <class S>
void add_full_moments(const Density& g, const typename S::real* high, const typename S::real* low,
                      const typename S::real* joint, int64_t used, const Workspace<S>& w, double* sums) {
    const int64_t size = g.d + 1, length = Pieces::products(size), all = used / S::width;
    const int64_t chunk = chunk_vectors<S>(g.d);
    bool any = false;
    for (int64_t b = 0; b < all; b += chunk) {
        const int64_t vectors = smaller(chunk, all - b), row = b * S::width;
        if (!weight_chunk<S>(joint + row, w.total + row, vectors, size, w.centred)) continue;
        if (!any) __builtin_memset(w.lanes, 0, static_cast<size_t>(S::padded(length) * S::width) * sizeof *w.lanes);
        any = true;
        add_triangle<S>({w.x + row, high, low, w.stride}, size, vectors, w.centred, w.lanes);
    }
    if (!any) return;
    for (int64_t i = 0; i < length; i += S::width) S::add_lanes(w.lanes + i * S::width, sums + i);
}

// Mass, shift and scatter from the triangle of sum z z^T.
inline void unpack_full(int64_t d, const double* sums, double* mass, double* shift, double* scatter) {
    const auto put = [&](int64_t i, int64_t l, double value) {
        if (i == 0)
            *mass = value;
        else if (l == 0)
            shift[i - 1] = value;
        else
            scatter[(i - 1) * d + l - 1] = scatter[(l - 1) * d + i - 1] = value;
    };
    Pieces::each(d + 1, [&](const Piece& piece) {
        for (int64_t r = 0; r < piece.rows; ++r)
            for (int64_t c = 0; c < piece.columns; ++c)
                if (piece.column + c <= piece.row + r) put(piece.row + r, piece.column + c, *sums++);
    });
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
