// Sizes of register blocks and tiles; the layouts of a packed density, a workspace and packed sums; the first and last
// step of every E phase.
#pragma once

#include "simd/vector.hpp"
#include "types.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <int N> struct Constant {
    static constexpr int value = N;
};

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

template <class A> DRUMLIN_INLINE A round_up(A a, A to) { return (a + to - 1) / to * to; }

// What fits in the vector registers. The E phase keeps a block of `rows` x `span` accumulators there, with `span`
// operands and one broadcast: 16 registers hold 4 x 3 (4 x 2 in SSE, which needs one more for the product, as it has no
// fused multiply-add), 32 hold 8 x 3.
struct Blocks {
    static constexpr bool many = DRUMLIN_REGISTERS == 32;
    static constexpr int rows = many ? 8 : 4;
    static constexpr int span = !many && DRUMLIN_VECTOR_BYTES == 16 ? 2 : 3;
    static constexpr int shift = many ? 8 : 4;  // features that the M phase centres at once
    static constexpr int small = many ? 5 : 3;  // the largest d of which a whole component stays in registers
};

// The rows of a triangle in as few blocks as possible, of nearly equal height: first `shorter` blocks of `height` rows,
// then `longer` blocks of one row more.
struct RowBlocks {
    int64_t height, shorter, longer;
    explicit RowBlocks(int64_t d) {
        const int64_t blocks = (d + Blocks::rows - 1) / Blocks::rows;
        height = d / blocks;
        longer = d % blocks;
        shorter = blocks - longer;
    }
    // f(first row, rows)
    template <class F> void each(F&& f) const {
        int64_t i = 0;
        for (int64_t block = 0; block < shorter + longer; ++block) {
            const int64_t rows = height + (block >= shorter);
            f(i, rows);
            i += rows;
        }
    }
};

template <class S> constexpr int64_t group_rows() { return Blocks::span * S::width; }

// Whether the density has a form for which common_origin.hpp is written.
inline bool allows_common_origin(const Density& g) { return g.d > Blocks::small && (g.shared || !g.triangular); }

// Rows in a tile. The rows of a tile and their responsibilities should stay in the second-level cache; sums are folded
// once per tile, and float32 should not be summed over more than about a thousand rows. Measured to be fastest: 4 KB a
// column for small d; a few hundred rows for a common origin, where several components share each number read and there
// is no scatter.
template <class S> int64_t tile_rows(const Density& g) {
    constexpr int64_t size = sizeof(typename S::real), group = group_rows<S>(), least = S::width > 8 ? 256 : 128;
    if (allows_common_origin(g)) {
        const int64_t rows = smaller<int64_t>(g.triangular ? 2048 : 3200, 131072 / g.d) / size;
        return (rows < 2 * group ? 2 * group : rows) / group * group;
    }
    const bool small = g.d <= Blocks::small;
    const int64_t rows = (small ? 16384 / g.d : smaller(262144 / g.d, 524288 / g.k)) / size;
    const int64_t most = g.d <= Blocks::small ? 4096 / size : 1024;
    return (rows < least ? least : rows > most ? most : rows) / group * group;
}

// Vectors in a chunk, the rows that both phases work on at a time: its rows, plain and centred by the M phase, should
// stay in the first-level cache. When fewer than five vectors would, a long chunk loads and stores the sums less often.
template <class S> int64_t chunk_vectors(int64_t d) {
    const int64_t vectors = 16384 / (static_cast<int64_t>(sizeof(typename S::vector)) * (d + 1));
    return vectors < 5 ? 32 : vectors < 16 ? 16 : vectors > 64 ? 64 : vectors;
}

// A rectangle of products of features, rows x columns. In a corner the last `rows` columns are the rows themselves, and
// only the products on and below the diagonal are kept.
struct Piece {
    int64_t row, rows, column, columns;
    bool corner;
    int64_t products() const { return rows * columns - (corner ? rows * (rows - 1) / 2 : 0); }
};

// The lower triangle in pieces whose products fit in the registers together with their operands: 16 hold rectangles of
// 4 x 3 and corners of 4 x 4; 32 hold 4 x 5 and 4 x 7, and a first corner of 6 x 6. The corner of a set of rows comes
// before its rectangles.
struct Pieces {
    static constexpr bool many = Blocks::many;
    static constexpr int rows = 4, columns = many ? 5 : Blocks::span, beside = many ? 3 : 0, first = many ? 6 : 4;

    static constexpr int64_t products(int64_t size) { return size * (size + 1) / 2; }

    template <class F> static DRUMLIN_INLINE void each(int64_t size, F&& f) {
        const int64_t least = first - rows + 1, start = (size - least) % rows + least;
        f(Piece{0, start, 0, start, true});
        for (int64_t i = start; i < size; i += rows) {
            int64_t rest = i > beside ? i - beside : 0;
            if (beside > 0 && rest > 0 && rest < 3) rest = 3;  // a narrower rectangle has too few independent sums
            f(Piece{i, rows, rest, i + rows - rest, true});
            for (int64_t l = 0, width = 0; l < rest; l += width) {
                const int64_t left = rest - l;
                width = left <= columns ? left : left < 2 * columns ? (left + 1) / 2 : columns;
                f(Piece{i, rows, l, width, false});
            }
        }
    }
};

// A density in type T: means as a sum high + low (low is 0 in float64), and P in panels of rows, column by column.
template <class T> struct Packed {
    T *high, *low, *constants, *whitening;
    int64_t stride;  // of whitening, from one component to the next; 0 when shared

    static int64_t panel_length(const Density& g) {
        if (!g.triangular) return g.d;
        int64_t length = 0;
        RowBlocks(g.d).each([&](int64_t i, int64_t rows) { length += rows * (i + rows); });
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

// The place of P[r, l] of a D x D matrix when one block has all of its rows.
template <int D> constexpr int64_t panel_place(int r, int l) {
    static_assert(D <= Blocks::rows);
    return l * D + r;
}

// Structure of arrays: entry (i, b) of a (d, rows) array is at [i * stride + b]. The stride is an odd number of cache
// lines: entries of different features then neither share a set of the cache nor agree in their last twelve address
// bits.
template <class S> constexpr int64_t odd_stride(int64_t rows) {
    constexpr int64_t line = 64 / sizeof(typename S::real);
    return (((rows + line - 1) / line) | 1) * line;
}

// The memory of one thread, for one tile.
template <class S> struct Workspace {
    using T = typename S::real;
    int64_t rows, stride;
    T* x;                   // (d, stride)
    T* second;              // (d, stride), common origin only: P (x - origin), or the squares of x - origin
    T* centred;             // a chunk of centred rows
    T* lanes;               // sums of one triangle, lane by lane
    T* joint;               // (k, stride): log_joint, then responsibilities before their division by `total`
    T* weight;              // (stride,)
    T* total;               // (stride,): the factor that turns `joint` into weights of the moments
    double* sample_weight;  // (stride,)

    static int64_t chunk_length(int64_t d) { return (d + 1) * (chunk_vectors<S>(d) + Blocks::span) * S::width; }
    static int64_t lanes_length(int64_t d) { return S::padded(static_cast<int>(Pieces::products(d + 1))) * S::width; }
    static int64_t second_length(const Density& g) { return allows_common_origin(g) ? g.d : 0; }
    static int64_t bytes(const Density& g) {
        const int64_t stride = odd_stride<S>(tile_rows<S>(g));
        const int64_t length = stride * (g.d + second_length(g) + g.k + 2) + chunk_length(g.d) + lanes_length(g.d);
        return length * static_cast<int64_t>(sizeof(T)) + stride * static_cast<int64_t>(sizeof(double));
    }
    Workspace(const Density& g, void* memory) : rows(tile_rows<S>(g)), stride(odd_stride<S>(rows)) {
        sample_weight = static_cast<double*>(memory);
        x = reinterpret_cast<T*>(sample_weight + stride);
        second = x + g.d * stride;
        centred = second + second_length(g) * stride;
        lanes = centred + chunk_length(g.d);
        joint = lanes + lanes_length(g.d);
        weight = joint + g.k * stride;
        total = weight + stride;
    }
};

// The sums of a part: log-likelihood, count, pairs evaluated, and per component mass, shift and scatter, padded to
// whole vectors.
template <class S> struct Sums {
    static constexpr int64_t header = 8;

    static int64_t shift_length(int64_t d) {
        const int64_t rest = d % Blocks::shift;
        return d / Blocks::shift * S::padded(Blocks::shift) + S::padded(static_cast<int>(rest));
    }
    static int64_t component_length(int64_t d, bool diagonal) {
        if (!diagonal && d > Blocks::small) return S::padded(static_cast<int>(Pieces::products(d + 1)));
        return S::width + shift_length(d) + (diagonal ? shift_length(d) : S::padded(static_cast<int>(d * (d + 1) / 2)));
    }
    // The place of feature i in a padded vector over features.
    static int64_t place(int64_t i) { return i / Blocks::shift * S::padded(Blocks::shift) + i % Blocks::shift; }
};

// x - mean. The mean of float32 data is a pair, as one float32 would be off by 0.03 at 1e6.
template <class S>
DRUMLIN_INLINE typename S::vector centre(typename S::vector x, typename S::vector high, typename S::vector low) {
    if constexpr (sizeof(typename S::real) == 4)
        return (x - high) - low;
    else
        return x - high;
}

// constant - q / 2. S::min turns overflow, NaN included, into `largest`.
template <class S>
DRUMLIN_INLINE void store_joint(const typename S::vector (&q)[Blocks::span], typename S::vector constant,
                                typename S::real* joint) {
    using T = typename S::real;
    const typename S::vector largest = S::fill(Format<T>::largest / 4);
    DRUMLIN_UNROLL
    for (int u = 0; u < Blocks::span; ++u)
        S::store(joint + u * S::width, constant - S::min(q[u], largest) * static_cast<T>(0.5));
}

}  // namespace DRUMLIN_SET
}  // namespace drumlin
