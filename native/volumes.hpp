#pragma once

#include <nanobind/nanobind.h>

namespace drumlin {

// Adds equal_shape and equal_matrix to the module; the stub file says what they do.
void define_volumes(nanobind::module_& module);

}  // namespace drumlin
