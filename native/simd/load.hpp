// Loading rows of any memory layout into a tile, one feature after the other.
#pragma once

#include "simd/layout.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <class T> DRUMLIN_INLINE T read(const char* from) {
    T value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

// Column I of rows of D numbers that fill D vectors without gaps: lane t is number D t + I. The recursion takes it from
// the vectors 0 to `Step`.
template <class S, int D, int I, int Step, int... L>
DRUMLIN_INLINE typename S::vector column_of(const typename S::vector* v, Indices<L...> lanes) {
    if constexpr (Step == 0) {
        return v[0];
    } else {
        constexpr int W = S::width;
        using Picked = Indices<((D * L + I) / W == Step ? W + (D * L + I) % W
                                : Step > 1              ? L
                                : D * L + I < W         ? D * L + I
                                                        : 0)...>;
        return S::shuffle(column_of<S, D, I, Step - 1>(v, lanes), v[Step], Picked{});
    }
}

template <class S, int D, int I = 0>
DRUMLIN_INLINE void store_columns(const typename S::vector* v, int64_t stride, typename S::real* tile) {
    if constexpr (I < D) {
        S::store(tile + I * stride, column_of<S, D, I, D - 1>(v, typename MakeIndices<S::width>::type{}));
        store_columns<S, D, I + 1>(v, stride, tile);
    }
}

// Rows of few columns, without gaps. Returns the number of rows loaded.
template <class S, int D>
int64_t load_contiguous(const char* first, int64_t count, int64_t stride, typename S::real* tile) {
    int64_t b = 0;
    for (; b + S::width <= count; b += S::width) {
        const char* from = first + b * D * static_cast<int64_t>(sizeof(typename S::real));
        typename S::vector v[D];
        DRUMLIN_UNROLL
        for (int i = 0; i < D; ++i) __builtin_memcpy(&v[i], from + i * sizeof v[i], sizeof v[i]);
        store_columns<S, D>(v, stride, tile + b);
    }
    return b;
}

// Rows with contiguous columns, transposed in squares of the width of a vector; the last square of a row overlaps the
// one before. row(b) points at row b. Returns the number of rows loaded.
template <class T, int Bytes, class Row>
int64_t load_squares(int64_t d, Row row, int64_t count, int64_t stride, T* tile) {
    using S = Simd<T, Bytes>;
    if constexpr (S::width == 1) {
        return 0;
    } else {
        if (d < S::width) return load_squares<T, Bytes / 2>(d, row, count, stride, tile);
        int64_t b = 0;
        for (; b + S::width <= count; b += S::width)
            for (int64_t i = 0; i < d; i += S::width) {
                const int64_t column = smaller(i, d - S::width), offset = column * static_cast<int64_t>(sizeof(T));
                typename S::vector v[S::width];
                DRUMLIN_UNROLL
                for (int t = 0; t < S::width; ++t) __builtin_memcpy(&v[t], row(b + t) + offset, sizeof v[t]);
                S::transpose(v);
                DRUMLIN_UNROLL
                for (int t = 0; t < S::width; ++t) S::store(tile + (column + t) * stride + b, v[t]);
            }
        return b;
    }
}

// Loads the rows from `done` on number by number; those from `count` up to `used` become zero.
template <class T, class Row>
void load_rest(const MatrixView& x, Row row, int64_t done, int64_t count, int64_t used, int64_t stride, T* tile) {
    for (int64_t i = 0; i < x.d; ++i) {
        T* to = tile + i * stride;
        for (int64_t b = done; b < count; ++b) to[b] = read<T>(row(b) + i * x.column_step);
        for (int64_t b = count; b < used; ++b) to[b] = 0;
    }
}

// tile[i * stride + b] = x[begin + b, i]; rows from `count` up to `used` are zero.
template <class S>
void load_rows(const MatrixView& x, int64_t begin, int64_t count, int64_t used, int64_t stride,
               typename S::real* tile) {
    using T = typename S::real;
    const char* first = x.data + begin * x.row_step;
    const auto row = [first, step = x.row_step](int64_t b) { return first + b * step; };
    const bool contiguous = x.column_step == static_cast<int64_t>(sizeof(T));
    int64_t done = 0;
    if (contiguous && x.d <= 3 && x.row_step == x.d * x.column_step)
        with_constant<3>(x.d,
                         [&](auto d) { done = load_contiguous<S, decltype(d)::value>(first, count, stride, tile); });
    else if (contiguous)
        done = load_squares<T, S::width * sizeof(T)>(x.d, row, count, stride, tile);
    load_rest(x, row, done, count, used, stride, tile);
}

// The next tile, prefetched line by line during the work on this one: a burst of loads would wait for memory.
struct Prefetch {
    const char* first;
    int64_t row_bytes;  // 0 when there is no next tile, or its rows are not contiguous

    Prefetch(const MatrixView& x, int64_t begin, int64_t count, int64_t end)
        : first(x.data + (begin + count) * x.row_step), row_bytes(begin + count < end ? x.row_step : 0) {
        if (x.row_step != x.d * x.column_step || x.column_step < 0) row_bytes = 0;
    }
    DRUMLIN_INLINE void fetch(int64_t row, int64_t rows) const {
        constexpr int64_t line = 64;
        for (int64_t at = row * row_bytes; at < (row + rows) * row_bytes; at += line) __builtin_prefetch(first + at);
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
