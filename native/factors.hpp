#pragma once

#include <nanobind/nanobind.h>

namespace drumlin {

// Adds factors_above, lower_factor, inverse_lower and log_determinants to the module; the stub file says what they do.
void define_factors(nanobind::module_& module);

}  // namespace drumlin
