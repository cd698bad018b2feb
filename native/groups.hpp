// Groups of rows that may be merged, once per instruction set; no Python, no threads.
#pragma once

#include <cstdint>

namespace drumlin {

// Field by field: slot s of entry e is at [e * stride + s]. `mean` has d entries, `scatter` the d (d + 1) / 2 of a lower
// triangle, row by row; `rows` is how many different rows are in a group. Up to `stride` every slot can be read.
struct Groups {
    int64_t d, stride;
    double offset;
    double *mass, *rows, *trace, *mean, *scatter;
};

// out[s] for the slots from `first` to `last`, and up to `padding` more: f of that group and group `one` merged,
// f = n log(|W / n| + (tr W + offset) / n). `workspace` has workspace_length(d) numbers.
struct Merger {
    static constexpr int64_t padding = 8;
    int64_t (*workspace_length)(int64_t d);
    void (*merged)(const Groups&, int64_t one, int64_t first, int64_t last, double* workspace, double* out);
};

namespace baseline { extern const Merger merger; }
#if defined(DRUMLIN_X86)
namespace avx2 { extern const Merger merger; }
namespace avx512 { extern const Merger merger; }
#endif

}  // namespace drumlin
