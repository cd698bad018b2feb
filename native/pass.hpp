// What one instruction set offers: the work on a range of rows, as plain functions on plain data. pass.cpp implements
// it once per set; driver.cpp adds threads; module.cpp adds Python.
#pragma once

#include "groups.hpp"
#include "sample.hpp"

#include <cstddef>
#include <cstdint>

namespace drumlin {

// x: n rows of d numbers anywhere in memory; steps in bytes, of any sign and alignment.
struct Rows {
    const char* data;
    int64_t n, d, row_step, column_step;
};

// log_joint[j] = constants[j] - |P_j (x - means[j])|^2 / 2. `triangular`: whitening holds the lower triangles P_j,
// (k|1, d, d); else the diagonals of the P_j, (k|1, d). `shared`: its first axis is 1.
struct Density {
    int64_t k, d;
    const double *means, *whitening, *constants;
    bool shared, triangular;
};

struct Samples {
    Rows x;
    const double* sample_weight;  // (n,) or null: all ones
    const int64_t* labels;        // (n,) or null: all unknown; -1 = unknown
};

// What there is of second moments: all, their diagonals, or nothing.
enum class Form { full, diagonal, means };

// rows[edges[j]] ... rows[edges[j + 1] - 1] are those of which component j is, or once was, the most likely one.
struct Order {
    const int32_t* rows;
    const int64_t* edges;
};

// The moments about `means`: mass (k,), shift (k, d), scatter (k, d, d), (k, d) or null, by form.
struct Moments {
    double log_likelihood, count, evaluated;  // `evaluated`: by an ordered pass, log_joint of a row and a component
    double *mass, *shift, *scatter;
    Form form;
};

enum class Output { log_joint, responsibilities, log_density, labels };

// For one float type. `packed` is the density in the layout that the arithmetic wants, read by all threads;
// `workspace` belongs to one thread; both are 64-byte aligned. `sums`, zero before, become the moments of a part, packed, additive.
struct Pass {
    int64_t (*tile_rows)(const Density&);
    size_t (*packed_bytes)(const Density&);
    void (*pack)(const Density&, void* packed);
    size_t (*workspace_bytes)(const Density&);
    int64_t (*sums_length)(const Density&, const void* packed, Form);
    void (*expect)(const Samples&, const Density&, const void* packed, Form, int64_t begin, int64_t end,
                   void* workspace, double* sums);
    void (*unpack)(const Density&, const void* packed, const double* sums, Moments&);
    void (*rows)(const Rows&, const Density&, const void* packed, Output, int64_t begin, int64_t end, void* workspace,
                 void* out);
    double (*multiply_adds)(int64_t rounds, double* sink);  // returns how many multiply-adds were done
    void (*exponentials)(const void* from, int64_t count, void* to);
    void (*read_all)(const void* from, int64_t bytes, double* sink);
    // expect in another order, without row-component pairs that would change nothing; a packed density of its own
    size_t (*ordered_packed_bytes)(const Density&);
    void (*ordered_pack)(const Density&, void* packed);
    size_t (*ordered_workspace_bytes)(const Density&);
    void (*ordered_expect)(const Samples&, const Order&, const Density&, const void* packed, Form, int64_t begin,
                           int64_t end, void* workspace, double* sums);
};

struct InstructionSet {
    const char* name;
    Pass float64, float32;
    const Sampler* sampler;
    const Merger* merger;
};

namespace baseline { extern const InstructionSet table; }
#if defined(DRUMLIN_X86)
namespace avx2 { extern const InstructionSet table; }
namespace avx512 { extern const InstructionSet table; }
#endif

}  // namespace drumlin
