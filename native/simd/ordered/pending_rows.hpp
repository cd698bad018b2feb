// The M phase of single rows. The rows of a component are collected until there are as many as in a tile, because the
// horizontal sums of a call cost as much as many rows.
#pragma once

#include "simd/m_phase.hpp"
#include "simd/ordered/gather.hpp"
#include "simd/ordered/workspace.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <class S> class PendingRows {
    using T = typename S::real;

    const MatrixView& x;
    const Density& g;
    const Packed<T>& packed;
    const OrderedWorkspace<S>& workspace;
    const bool diagonal;
    double* sums;

  public:
    PendingRows(const MatrixView& x_, const Density& g_, const Packed<T>& packed_,
                const OrderedWorkspace<S>& workspace_, bool diagonal_, double* sums_)
        : x(x_), g(g_), packed(packed_), workspace(workspace_), diagonal(diagonal_), sums(sums_) {
        for (int64_t j = 0; j < g.k; ++j) workspace.n_pending[j] = 0;
    }

    void add_row(int64_t j, int32_t row, T weight) const {
        const int64_t at = j * workspace.stride + workspace.n_pending[j];
        workspace.pending[at] = row;
        workspace.weight[at] = weight;
        if (++workspace.n_pending[j] == workspace.rows) add_pending(j);
    }
    void finish() const {
        for (int64_t j = 0; j < g.k; ++j) add_pending(j);
    }
    // Adds the rows of `from`, whose weights, or the square roots of these, are joint * from.total.
    void add_tile(int64_t j, const T* joint, int64_t used, const Workspace<S>& from) const {
        double* component = sums + Sums<S>::header + j * Sums<S>::component_length(g.d, diagonal);
        if (diagonal)
            add_moments<S, true>(g, packed, j, joint, used, from, component);
        else
            add_moments<S, false>(g, packed, j, joint, used, from, component);
    }

  private:
    void add_pending(int64_t j) const {
        const int64_t count = workspace.n_pending[j], used = round_up(count, group_rows<S>());
        const Workspace<S>& gathered = workspace.gathered;
        if (count == 0) return;
        gather_rows<S>(x, workspace.pending + j * workspace.stride, count, used, gathered.stride, gathered.x);
        T* weight = workspace.weight + j * workspace.stride;
        for (int64_t b = 0; b < used; ++b) gathered.total[b] = 1;
        for (int64_t b = count; b < used; ++b) weight[b] = 0;
        add_tile(j, weight, used, gathered);
        workspace.n_pending[j] = 0;
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
