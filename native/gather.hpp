// Rows from anywhere into a tile.
#pragma once

#include "load.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// tile[i * stride + b] = x[index[b], i], as load_rows.
template <class T, int Bytes>
int64_t gather_squares(const Rows& x, const int32_t* index, int64_t count, int64_t stride, T* tile) {
    using S = Simd<T, Bytes>;
    if constexpr (S::width == 1) {
        return 0;
    } else {
        if (x.d < S::width) return gather_squares<T, Bytes / 2>(x, index, count, stride, tile);
        int64_t b = 0;
        for (; b + S::width <= count; b += S::width)
            for (int64_t i = 0; i < x.d; i += S::width) {
                const int64_t column = smaller(i, x.d - S::width);
                const char* from = x.data + column * static_cast<int64_t>(sizeof(T));
                typename S::vector v[S::width];
                DRUMLIN_UNROLL
                for (int t = 0; t < S::width; ++t)
                    __builtin_memcpy(&v[t], from + index[b + t] * x.row_step, sizeof v[t]);
                S::transpose(v);
                DRUMLIN_UNROLL
                for (int t = 0; t < S::width; ++t) S::store(tile + (column + t) * stride + b, v[t]);
            }
        return b;
    }
}

template <class S>
void gather_rows(const Rows& x, const int32_t* index, int64_t count, int64_t used, int64_t stride,
                 typename S::real* tile) {
    using T = typename S::real;
    const bool side_by_side = x.column_step == static_cast<int64_t>(sizeof(T));
    const int64_t done =
        side_by_side ? gather_squares<T, S::width * sizeof(T)>(x, index, count, stride, tile) : 0;
    for (int64_t i = 0; i < x.d; ++i) {
        const char* column = x.data + i * x.column_step;
        T* to = tile + i * stride;
        for (int64_t b = done; b < count; ++b) to[b] = read<T>(column + index[b] * x.row_step);
        for (int64_t b = count; b < used; ++b) to[b] = 0;
    }
}

// Rows in any order come late unless called for.
inline void prefetch_rows(const Rows& x, const int32_t* index, int64_t count) {
    const int64_t bytes = x.d * (x.column_step < 0 ? -x.column_step : x.column_step);
    if (bytes > 1024) return;  // the machine sees long rows coming by itself
    for (int64_t b = 0; b < count; ++b)
        for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch(x.data + index[b] * x.row_step + at);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
