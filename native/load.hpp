// Rows of any layout into a tile.
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

}  // namespace DRUMLIN_SET
}  // namespace drumlin
