// The part of the module that works on small matrices.
#pragma once

#include <nanobind/nanobind.h>

namespace drumlin {

// Adds the functions of native/factorisation to the module; the stub file says what they take and return.
void define_factorisation(nanobind::module_& module);

}  // namespace drumlin
