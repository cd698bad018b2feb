// The M phase of single rows: those of a component wait until there are as many as a tile holds.
#pragma once

#include "gather.hpp"
#include "m_phase.hpp"
#include "ordered_space.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

template <class S> class Waiting {
    using T = typename S::real;

    const Rows& x;
    const Density& g;
    const Packed<T>& packed;
    const OrderedSpace<S>& space;
    const bool diagonal;
    double* sums;

  public:
    Waiting(const Rows& x_, const Density& g_, const Packed<T>& packed_, const OrderedSpace<S>& space_, bool diagonal_,
            double* sums_)
        : x(x_), g(g_), packed(packed_), space(space_), diagonal(diagonal_), sums(sums_) {
        for (int64_t j = 0; j < g.k; ++j) space.waiting[j] = 0;
    }

    void add_row(int64_t j, int32_t which, T weight) const {
        const int64_t at = j * space.stride + space.waiting[j];
        space.row[at] = which;
        space.weight[at] = weight;
        if (++space.waiting[j] == space.rows) add_rows(j);
    }
    void finish() const {
        for (int64_t j = 0; j < g.k; ++j) add_rows(j);
    }
    // The rows of `from`; joint * from.total are their weights, or the roots of these.
    void add_tile(int64_t j, const T* joint, int64_t used, const Workspace<S>& from) const {
        double* component = sums + Sums<S>::header + j * Sums<S>::component_length(g.d, diagonal);
        if (diagonal)
            add_moments<S, true>(g, packed, j, joint, used, from, component);
        else
            add_moments<S, false>(g, packed, j, joint, used, from, component);
    }

  private:
    void add_rows(int64_t j) const {
        const int64_t count = space.waiting[j], used = round_up(count, group_rows<S>());
        const Workspace<S>& few = space.few;
        if (count == 0) return;
        gather_rows<S>(x, space.row + j * space.stride, count, used, few.stride, few.x);
        T* weight = space.weight + j * space.stride;
        for (int64_t b = 0; b < used; ++b) few.total[b] = 1;
        for (int64_t b = count; b < used; ++b) weight[b] = 0;
        add_tile(j, weight, used, few);
        space.waiting[j] = 0;
    }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
