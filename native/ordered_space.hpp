// The memory of a thread in an ordered pass.
#pragma once

#include "directions.hpp"

namespace drumlin {
namespace DRUMLIN_SET {

// For workspaces that hold one component at a time.
inline Density single(const Density& g) {
    Density one = g;
    one.k = 1;
    return one;
}

// Tiles are long though there are many components, lest the few rows of a component be padded to several times their
// number: most of (k, rows) is never touched.
template <class S> struct OrderedSpace {
    using T = typename S::real;
    int64_t k, rows, stride;         // of the lists
    const Workspace<S> w, few;       // the tile, and rows gathered from it
    const Panel<S> panel;
    int64_t *lengths, *waiting;      // of the lists per component: rows in the tile, and for the M phase
    T *peak, *best, *joint, *weight; // best log_joint, the same / slope (see Margin), (k, stride), (k, stride)
    int32_t *lanes, *row, *alive;    // (k, stride), (k, stride), and which components have rows in the tile

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
        return 2 * padded(Workspace<S>::bytes(single(g))) + padded(Panel<S>::bytes(g)) + lists + rest;
    }

    OrderedSpace(const Density& g, void* memory)
        : k(round_up<int64_t>(g.k, 8)), rows(rows_of(g)), stride(odd_stride<S>(rows)), w(single(g), memory),
          few(single(g), after(memory, Workspace<S>::bytes(single(g)))),
          panel(g, after(few.sample_weight, Workspace<S>::bytes(single(g)))) {
        lengths = static_cast<int64_t*>(after(panel.difference, Panel<S>::bytes(g)));
        waiting = lengths + k;
        peak = reinterpret_cast<T*>(waiting + k);
        best = peak + stride;
        joint = best + stride;
        weight = joint + k * stride;
        lanes = reinterpret_cast<int32_t*>(weight + k * stride);
        row = lanes + k * stride;
        alive = row + k * stride;
    }

  private:
    static int64_t padded(int64_t bytes) { return round_up<int64_t>(bytes, 64); }
    static void* after(void* memory, int64_t bytes) { return static_cast<char*>(memory) + padded(bytes); }
};

}  // namespace DRUMLIN_SET
}  // namespace drumlin
