// The functions that each instruction set offers: work on a range of rows or slots, by one thread. pass.cpp, sample.cpp
// and groups.cpp define them, once per set; the threads in driver/ call them. This is the only header of simd/ that
// other folders include: no vector type appears in it.
#pragma once

#include "types.hpp"

#include <cstddef>
#include <cstdint>

namespace drumlin {

// The passes of one float type. `packed` is the density in the layout that the arithmetic wants, read by all threads;
// `workspace` belongs to one thread; both are 64-byte aligned. `sums`, zero at first, become the moments of a part,
// packed and additive.
struct Pass {
    int64_t (*tile_rows)(const Density&);
    size_t (*packed_bytes)(const Density&);
    void (*pack)(const Density&, void* packed);
    size_t (*workspace_bytes)(const Density&);
    int64_t (*sums_length)(const Density&, const void* packed, Form);
    void (*expect)(const Rows&, const Density&, const void* packed, Form, int64_t begin, int64_t end, void* workspace,
                   double* sums);
    void (*unpack)(const Density&, const void* packed, const double* sums, Moments&);
    void (*evaluate)(const MatrixView&, const Density&, const void* packed, Output, int64_t begin, int64_t end,
                     void* workspace, void* out);

    // expect along an order of the rows, without the pairs of a row and a component that change nothing. Its packed
    // density is another one.
    size_t (*ordered_packed_bytes)(const Density&);
    void (*ordered_pack)(const Density&, void* packed);
    size_t (*ordered_workspace_bytes)(const Density&);
    void (*ordered_expect)(const Rows&, const RowOrder&, const Density&, const void* packed, Form, int64_t begin,
                           int64_t end, void* workspace, double* sums);

    // Measurements of the machine, see rates.hpp.
    double (*multiply_adds)(int64_t rounds, double* sink);  // returns the number of multiply-adds
    void (*exponentials)(const void* from, int64_t count, void* to);
    void (*read_all)(const void* from, int64_t bytes, double* sink);
};

// Samples of a mixture. `packed` and `workspace` as above. Parts begin at multiples of tile_rows. x and labels point at
// the first row of all.
struct Sampler {
    int64_t (*tile_rows)(int64_t d);
    size_t (*packed_bytes)(const Draws&);
    void (*pack)(const Draws&, void* packed);
    size_t (*workspace_bytes)(int64_t d);
    void (*sample)(const Draws&, const void* packed, int64_t begin, int64_t end, void* workspace, double* x,
                   int64_t* labels);
};

// The criterion of merged groups. out[s] for the slots from `first` to `last`, and up to `padding` more, is
// f = n log(|W / n| + (tr W + offset) / n) of that group and group `one` together. `workspace` has workspace_length(d)
// numbers.
struct Merger {
    static constexpr int64_t padding = 8;
    int64_t (*workspace_length)(int64_t d);
    void (*merged)(const Groups&, int64_t one, int64_t first, int64_t last, double* workspace, double* out);
};

struct InstructionSet {
    const char* name;
    Pass float64, float32;
    const Sampler* sampler;
    const Merger* merger;
};

// clang-format off
namespace baseline { extern const InstructionSet table; extern const Sampler sampler; extern const Merger merger; }
#if defined(DRUMLIN_X86)
namespace avx2 { extern const InstructionSet table; extern const Sampler sampler; extern const Merger merger; }
namespace avx512 { extern const InstructionSet table; extern const Sampler sampler; extern const Merger merger; }
#endif
// clang-format on

}  // namespace drumlin
