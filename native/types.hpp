// The plain data that the Python module, the threads and the vector code hand to each other. It includes nothing of
// drumlin; everything else may include it.
#pragma once

#include <cstdint>

namespace drumlin {

// x (n, d), float64 or float32, anywhere in memory: steps in bytes, of any sign and alignment.
struct MatrixView {
    const char* data;
    int64_t n, d, row_step, column_step;
};

// The rows of one pass, as drumlin.data.Rows.
struct Rows {
    MatrixView x;
    const double* sample_weight;  // (n,) or null: all ones
    const int64_t* labels;        // (n,) or null: all unknown; -1 = unknown
};

// The rows by component, as drumlin.data.RowOrder: rows[edges[j]] ... rows[edges[j + 1] - 1] are those whose most
// likely component is j, or was j when the order was made.
struct RowOrder {
    const int32_t* rows;   // (n,)
    const int64_t* edges;  // (k + 1,)
};

// log_joint[j] = constants[j] - |P_j (x - means[j])|^2 / 2. `triangular`: whitening holds the lower triangles P_j,
// (k|1, d, d); else the diagonals of the P_j, (k|1, d). `shared`: its first axis is 1.
struct Density {
    int64_t k, d;
    const double *means, *whitening, *constants;
    bool shared, triangular;
};

// The second moments that a pass computes: all of them, their diagonals, or none.
enum class Form { full, diagonal, means };

// The moments about `means`: mass (k,), shift (k, d), scatter (k, d, d), (k, d) or null, by form.
struct Moments {
    double log_likelihood, count;
    double evaluated;  // ordered pass: pairs of a row and a component whose log_joint was computed
    double *mass, *shift, *scatter;
    Form form;
};

// What can be computed for each row.
enum class Output { log_joint, responsibilities, log_density, labels };

// Row i of a sample is x = means[z] + L_z e. Its component z is the number of entries of `cumulative` (k - 1) at or
// below u_i. u_i is uniform number i of stream 1, e are the normals i d, ..., i d + d - 1 of stream 0 of the key.
// `triangular`: colouring holds the lower triangles L_j, (k|1, d, d); else their diagonals, (k|1, d). `shared`: its
// first axis is 1.
struct Draws {
    int64_t k, d;
    const double *cumulative, *means, *colouring;
    bool shared, triangular;
    uint64_t key;
};

// Groups of rows, candidates for a merge. Structure of arrays: slot s of entry e is at [e * stride + s]. `mean` has d
// entries, `scatter` the d (d + 1) / 2 of a lower triangle, row by row; `rows` is the number of different rows in a
// group. Every slot below `stride` can be read.
struct Groups {
    int64_t d, stride;
    double offset;
    double *mass, *rows, *trace, *mean, *scatter;
};

}  // namespace drumlin
