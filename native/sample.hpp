// Draws from a mixture, once per instruction set; no Python, no threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace drumlin {

// Row i is x = means[z] + L_z e. Its component z is the number of entries of `cumulative` (k - 1) at or below u_i. u_i
// is uniform number i of stream 1, e are the normals i d, ..., i d + d - 1 of stream 0 of the key. `triangular`:
// colouring holds the lower triangles L_j, (k|1, d, d); else their diagonals, (k|1, d). `shared`: its first
// axis is 1.
struct Draws {
    int64_t k, d;
    const double *cumulative, *means, *colouring;
    bool shared, triangular;
    uint64_t key;
};

// `packed` is read by all threads; `workspace` belongs to one thread; both are 64-byte aligned. Parts begin at
// multiples of tile_rows. x and labels point at the first row of all.
struct Sampler {
    int64_t (*tile_rows)(int64_t d);
    size_t (*packed_bytes)(const Draws&);
    void (*pack)(const Draws&, void* packed);
    size_t (*workspace_bytes)(int64_t d);
    void (*sample)(const Draws&, const void* packed, int64_t begin, int64_t end, void* workspace, double* x,
                   int64_t* labels);
};

namespace baseline { extern const Sampler sampler; }
#if defined(DRUMLIN_X86)
namespace avx2 { extern const Sampler sampler; }
namespace avx512 { extern const Sampler sampler; }
#endif

}  // namespace drumlin
