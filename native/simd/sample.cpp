// Samples of a mixture, tile by tile: uniforms, components, normals, coloured rows. Compiled once per instruction set.
#include "simd/random.hpp"
#include "simd/table.hpp"

namespace drumlin {
namespace DRUMLIN_SET {
namespace {

using Wide = Simd<double, DRUMLIN_VECTOR_BYTES>;
constexpr uint64_t normal_stream = 0, uniform_stream = 1;

// The normals and uniforms of a tile stay in the first-level cache. A multiple of 2, as a block holds two numbers.
int64_t tile_rows(int64_t d) {
    const int64_t rows = smaller<int64_t>(2048 / d / 16 * 16, 512);
    return rows < 16 ? 16 : rows;
}

int64_t search_length(int64_t k) {
    int64_t length = 1;
    while (length < k) length *= 2;
    return length;
}

// `cumulative`, padded to a power of two with 2, which is above every uniform; then the columns of the factors.
struct Packed {
    double *cumulative, *colouring;
    int64_t length, stride;  // of colouring, from one component to the next; 0 when shared

    Packed(const Draws& g, const void* memory) : length(search_length(g.k)) {
        cumulative = static_cast<double*>(const_cast<void*>(memory));
        colouring = cumulative + length;
        stride = g.shared ? 0 : component(g);
    }
    static int64_t component(const Draws& g) { return g.triangular ? g.d * g.d : g.d; }
};

size_t packed_bytes(const Draws& g) {
    return sizeof(double) * static_cast<size_t>(search_length(g.k) + (g.shared ? 1 : g.k) * Packed::component(g));
}

void pack(const Draws& g, void* memory) {
    const Packed packed(g, memory);
    for (int64_t j = 0; j < packed.length; ++j) packed.cumulative[j] = j < g.k - 1 ? g.cumulative[j] : 2.0;
    const int64_t components = g.shared ? 1 : g.k, d = g.d;
    if (!g.triangular) {
        for (int64_t i = 0; i < components * d; ++i) packed.colouring[i] = g.colouring[i];
        return;
    }
    for (int64_t j = 0; j < components; ++j)
        for (int64_t a = 0; a < d; ++a)
            for (int64_t l = 0; l < d; ++l)
                packed.colouring[(j * d + l) * d + a] = l <= a ? g.colouring[(j * d + a) * d + l] : 0.0;
}

struct Workspace {
    double *normals, *uniforms;
    explicit Workspace(int64_t d, void* memory) {
        normals = static_cast<double*>(memory);
        uniforms = normals + tile_rows(d) * d + Random<Wide>::excess;
    }
};

size_t workspace_bytes(int64_t d) {
    return sizeof(double) * static_cast<size_t>(tile_rows(d) * (d + 1) + 2 * Random<Wide>::excess);
}

// labels[b] = number of entries of `cumulative` at or below u[b]. Each step of the binary search is done for all rows.
void find_components(const Packed& packed, const double* u, int64_t count, int64_t* labels) {
    for (int64_t b = 0; b < count; ++b) labels[b] = 0;
    for (int64_t step = packed.length / 2; step > 0; step /= 2)
        for (int64_t b = 0; b < count; ++b) labels[b] += packed.cumulative[labels[b] + step - 1] <= u[b] ? step : 0;
}

// B vectors of a row from vector `first` on, column by column of L; the last vector of a row overlaps the one before.
template <class S, int B>
DRUMLIN_INLINE void colour_vectors(int64_t first, int64_t d, const double* mean, const double* columns,
                                   const double* noise, double* to) {
    int64_t start[B];
    typename S::vector x[B];
    DRUMLIN_UNROLL
    for (int u = 0; u < B; ++u) {
        start[u] = smaller((first + u) * S::width, d - S::width);
        x[u] = S::load(mean + start[u]);
    }
    const int64_t columns_used = start[B - 1] + S::width;
    for (int64_t l = 0; l < columns_used; ++l, columns += d) {
        DRUMLIN_UNROLL
        for (int u = 0; u < B; ++u) x[u] += S::load(columns + start[u]) * noise[l];
    }
    DRUMLIN_UNROLL
    for (int u = 0; u < B; ++u) S::store(to + start[u], x[u]);
}

template <class S>
void colour_triangular(const Draws& g, const Packed& packed, const double* normals, int64_t count,
                       const int64_t* labels, double* x) {
    const int64_t d = g.d, vectors = (d + S::width - 1) / S::width;
    for (int64_t b = 0; b < count; ++b) {
        const double *mean = g.means + labels[b] * d, *columns = packed.colouring + labels[b] * packed.stride;
        const double* noise = normals + b * d;
        double* to = x + b * d;
        int64_t v = 0;
        for (; v + 4 <= vectors; v += 4) colour_vectors<S, 4>(v, d, mean, columns, noise, to);
        if (vectors - v >= 2) {
            colour_vectors<S, 2>(v, d, mean, columns, noise, to);
            v += 2;
        }
        if (v < vectors) colour_vectors<S, 1>(v, d, mean, columns, noise, to);
    }
}

void colour_diagonal(const Draws& g, const Packed& packed, const double* normals, int64_t count, const int64_t* labels,
                     double* x) {
    for (int64_t b = 0; b < count; ++b) {
        const double *mean = g.means + labels[b] * g.d, *scale = packed.colouring + labels[b] * packed.stride;
        for (int64_t a = 0; a < g.d; ++a) x[b * g.d + a] = mean[a] + scale[a] * normals[b * g.d + a];
    }
}

// Uses the widest vectors that a row fills.
template <int Bytes>
void colour(const Draws& g, const Packed& packed, const double* normals, int64_t count, const int64_t* labels,
            double* x) {
    using S = Simd<double, Bytes>;
    if constexpr (S::width > 2)
        if (g.d < S::width) return colour<Bytes / 2>(g, packed, normals, count, labels, x);
    if (g.triangular)
        colour_triangular<S>(g, packed, normals, count, labels, x);
    else
        colour_diagonal(g, packed, normals, count, labels, x);
}

void sample(const Draws& g, const void* memory, int64_t begin, int64_t end, void* workspace, double* x,
            int64_t* labels) {
    const Packed packed(g, memory);
    const Workspace w(g.d, workspace);
    for (const int64_t rows = tile_rows(g.d); begin < end; begin += rows) {
        const int64_t count = smaller(rows, end - begin);
        Random<Wide>::uniforms(g.key, uniform_stream, static_cast<uint64_t>(begin / 2), count, w.uniforms);
        find_components(packed, w.uniforms, count, labels + begin);
        Random<Wide>::normals(g.key, normal_stream, static_cast<uint64_t>(begin * g.d / 2), count * g.d, w.normals);
        colour<DRUMLIN_VECTOR_BYTES>(g, packed, w.normals, count, labels + begin, x + begin * g.d);
    }
}

}  // namespace

constexpr Sampler sampler = {tile_rows, packed_bytes, pack, workspace_bytes, sample};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
