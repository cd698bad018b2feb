#pragma once

#include <nanobind/nanobind.h>

namespace drumlin {

// Adds own_axes and common_axes to the module; the stub file says what they do.
void define_orientation(nanobind::module_& module);

}  // namespace drumlin
