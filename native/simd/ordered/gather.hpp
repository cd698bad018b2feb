// Gathering rows by index into a tile.
#pragma once

#include "simd/load.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// tile[i * stride + b] = x[index[b], i]; rows from `count` up to `used` are zero.
template <class S>
void gather_rows(const MatrixView& x, const int32_t* index, int64_t count, int64_t used, int64_t stride,
                 typename S::real* tile) {
    using T = typename S::real;
    const auto row = [index, first = x.data, step = x.row_step](int64_t b) { return first + index[b] * step; };
    const bool contiguous = x.column_step == static_cast<int64_t>(sizeof(T));
    const int64_t done = contiguous ? load_squares<T, S::width * sizeof(T)>(x.d, row, count, stride, tile) : 0;
    load_rest(x, row, done, count, used, stride, tile);
}

// Prefetches rows whose order the processor cannot predict.
inline void prefetch_rows(const MatrixView& x, const int32_t* index, int64_t count) {
    const int64_t bytes = x.d * (x.column_step < 0 ? -x.column_step : x.column_step);
    if (bytes > 1024) return;  // the processor prefetches long rows by itself
    for (int64_t b = 0; b < count; ++b)
        for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch(x.data + index[b] * x.row_step + at);
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
