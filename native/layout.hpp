// Sizes of register blocks and tiles, and the layouts of a packed density, a workspace and packed sums.
#pragma once

#include "pass.hpp"
#include "simd.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <int N> struct Constant { static constexpr int value = N; };

// f(Constant<n>) for a run-time 1 <= n <= N.
template <int N, class F> DRUMLIN_INLINE void with_constant(int64_t n, F&& f) {
    if constexpr (N == 1) {
        f(Constant<1>{});
    } else {
        if (n == N)
            f(Constant<N>{});
        else
            with_constant<N - 1>(n, f);
    }
}

template <class A> DRUMLIN_INLINE A smaller(A a, A b) { return a < b ? a : b; }
template <class A> DRUMLIN_INLINE A round_up(A a, A to) { return (a + to - 1) / to * to; }

// Both phases keep a block of `rows` x `span` accumulators in registers, with `span` operands and one broadcast:
// 16 vector registers take 4 x 3 (SSE without fused multiply-add needs one more for the product), 32 take more.
struct Blocks {
    static constexpr int rows = 4;
    static constexpr int span = DRUMLIN_SPAN;
    static constexpr int shift = DRUMLIN_VECTOR_BYTES == 64 ? 8 : 4;  // features centred at once in the M phase
    static constexpr int small = DRUMLIN_SMALL;  // up to this d, a whole component stays in registers
};

template <class S> constexpr int64_t group_rows() { return Blocks::span * S::width; }

// Rows in a tile: the two arrays (d, rows) that the M phase streams through should stay near the first-level cache, yet
// each horizontal sum should come after at least some 16 vectors of products.
template <class S> int64_t tile_rows(int64_t d) {
    constexpr int64_t group = group_rows<S>();
    int64_t rows = 32768 / static_cast<int64_t>(2 * sizeof(typename S::real)) / d;
    constexpr int64_t least = S::width > 8 ? 16 * S::width : 128;
    rows = rows < least ? least : rows > 1024 ? 1024 : rows;
    return rows / group * group;
}

// The lower triangle in blocks of rows, each cut in nearly equal pieces of columns: f(row, rows, column, columns).
template <class F> DRUMLIN_INLINE void for_each_block(int64_t d, F&& f) {
    for (int64_t i = 0; i < d; i += Blocks::rows) {
        const int64_t rows = smaller<int64_t>(Blocks::rows, d - i), columns = i + rows;
        const int64_t pieces = (columns + Blocks::span - 1) / Blocks::span;
        for (int64_t p = 0; p < pieces; ++p) {
            const int64_t first = columns * p / pieces;
            f(i, rows, first, columns * (p + 1) / pieces - first);
        }
    }
}

// A density in type T: means as a sum high + low (low only for float32), and P in panels of rows, column by column.
template <class T> struct Packed {
    T *high, *low, *constants, *whitening;
    int64_t stride;  // of whitening, from one component to the next; 0 when shared

    static int64_t panel_length(const Density& g) {
        if (!g.triangular) return g.d;
        int64_t length = 0;
        for (int64_t i = 0; i < g.d; i += Blocks::rows) {
            const int64_t rows = smaller<int64_t>(Blocks::rows, g.d - i);
            length += rows * (i + rows);
        }
        return length;
    }
    static int64_t length(const Density& g) { return 2 * g.k * g.d + g.k + (g.shared ? 1 : g.k) * panel_length(g); }

    Packed(const Density& g, const void* memory) {
        high = static_cast<T*>(const_cast<void*>(memory));
        low = high + g.k * g.d;
        constants = low + g.k * g.d;
        whitening = constants + g.k;
        stride = g.shared ? 0 : panel_length(g);
    }
};

// Where P[r, l] of a D x D matrix lies in its panels.
template <int D> constexpr int64_t panel_place(int r, int l) {
    const int block = r / Blocks::rows * Blocks::rows, rows = D - block < Blocks::rows ? D - block : Blocks::rows;
    return Blocks::rows * (block + Blocks::rows) / 2 * (block / Blocks::rows) + l * rows + r - block;
}

// Structure of arrays: entry (i, b) of a (d, rows) array lies at [i * stride + b]. The stride exceeds the rows by one
// vector, lest entries of neighbouring features agree in their last twelve address bits: a load waits for such a store.
template <class S> struct Workspace {
    using T = typename S::real;
    int64_t rows, stride;
    T *x, *centred, *joint, *weight, *peak, *total;
    double* sample_weight;

    static int64_t bytes(const Density& g) {
        const int64_t stride = tile_rows<S>(g.d) + S::width;
        return stride * (static_cast<int64_t>(sizeof(T)) * (2 * g.d + g.k + 3) + static_cast<int64_t>(sizeof(double)));
    }
    Workspace(const Density& g, void* memory) : rows(tile_rows<S>(g.d)), stride(rows + S::width) {
        sample_weight = static_cast<double*>(memory);
        x = reinterpret_cast<T*>(sample_weight + stride);
        centred = x + g.d * stride;
        joint = centred + g.d * stride;
        weight = joint + g.k * stride;
        peak = weight + stride;
        total = peak + stride;
    }
};

// The sums of a part: log-likelihood, count, then per component mass, shift and scatter, padded to whole vectors.
template <class S> struct Sums {
    static constexpr int64_t header = 8;

    static int64_t shift_length(int64_t d) {
        const int64_t rest = d % Blocks::shift;
        return d / Blocks::shift * S::padded(Blocks::shift) + S::padded(static_cast<int>(rest));
    }
    static int64_t scatter_length(int64_t d, bool diagonal) {
        if (diagonal) return shift_length(d);
        if (d <= Blocks::small) return S::padded(static_cast<int>(d * (d + 1) / 2));
        int64_t length = 0;
        for_each_block(d, [&](int64_t, int64_t rows, int64_t, int64_t columns) {
            length += S::padded(static_cast<int>(rows * columns));
        });
        return length;
    }
    static int64_t component_length(int64_t d, bool diagonal) {
        return S::width + shift_length(d) + scatter_length(d, diagonal);
    }
    // Where feature i lies in a padded vector over features.
    static int64_t place(int64_t i) { return i / Blocks::shift * S::padded(Blocks::shift) + i % Blocks::shift; }
};

// x - mean, where the mean of float32 data is a pair: rounded to float32 alone it would be off by 0.03 at 1e6.
template <class S>
DRUMLIN_INLINE typename S::vector centre(typename S::vector x, typename S::vector high, typename S::vector low) {
    if constexpr (sizeof(typename S::real) == 4)
        return (x - high) - low;
    else
        return x - high;
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
