// The memory of one thread in an ordered pass.
#pragma once

#include "simd/ordered/bounds.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// The density with k = 1, for workspaces that hold one component at a time.
inline Density single(const Density& g) {
    Density one = g;
    one.k = 1;
    return one;
}

// Tiles stay long when there are many components, as padding would multiply short lists. Most of (k, stride) is never
// touched.
template <class S> struct OrderedWorkspace {
    using T = typename S::real;
    int64_t k, rows, stride;         // of the lists
    const Workspace<S> w, gathered;  // the tile, and rows gathered from it
    const BoundPanel<S> panel;
    int64_t* lengths;    // (k,): rows in the list of each component
    int64_t* n_pending;  // (k,): rows that wait for the M phase of each component
    T* peak;             // (stride,): largest log_joint of each row
    T* scaled_best;      // (stride,): the same divided by the slope of Margin
    T* joint;            // (k, stride): log_joint, later responsibilities, of the lists
    T* weight;           // (k, stride): weights of the pending rows
    int32_t* positions;  // (k, stride): the rows of the lists, as positions in the tile
    int32_t* pending;    // (k, stride): the pending rows, as rows of x
    int32_t* active;     // (k,): the components whose lists are not empty

    static int64_t rows_of(const Density& g) {
        constexpr int64_t group = group_rows<S>(), entries = int64_t{1} << 18;
        const int64_t most = tile_rows<S>(single(g)), fair = entries / g.k;
        return smaller<int64_t>(most, fair < 256 ? 256 / group * group : fair / group * group);
    }
    static int64_t bytes(const Density& g) {
        const int64_t k = round_up<int64_t>(g.k, 8), stride = odd_stride<S>(rows_of(g));
        const int64_t lists = k * stride * static_cast<int64_t>(2 * sizeof(T) + 2 * sizeof(int32_t));
        const int64_t rest = 2 * stride * static_cast<int64_t>(sizeof(T)) +
                             k * static_cast<int64_t>(2 * sizeof(int64_t) + sizeof(int32_t));
        return 2 * padded(Workspace<S>::bytes(single(g))) + padded(BoundPanel<S>::bytes(g)) + lists + rest;
    }

    OrderedWorkspace(const Density& g, void* memory)
        : k(round_up<int64_t>(g.k, 8)), rows(rows_of(g)), stride(odd_stride<S>(rows)), w(single(g), memory),
          gathered(single(g), after(memory, Workspace<S>::bytes(single(g)))),
          panel(g, after(gathered.sample_weight, Workspace<S>::bytes(single(g)))) {
        lengths = static_cast<int64_t*>(after(panel.difference, BoundPanel<S>::bytes(g)));
        n_pending = lengths + k;
        peak = reinterpret_cast<T*>(n_pending + k);
        scaled_best = peak + stride;
        joint = scaled_best + stride;
        weight = joint + k * stride;
        positions = reinterpret_cast<int32_t*>(weight + k * stride);
        pending = positions + k * stride;
        active = pending + k * stride;
    }

  private:
    static int64_t padded(int64_t bytes) { return round_up<int64_t>(bytes, 64); }
    static void* after(void* memory, int64_t bytes) { return static_cast<char*>(memory) + padded(bytes); }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
