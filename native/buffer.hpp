// Python buffers, borrowed without a copy. Checks raise ValueError with the name of the argument.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace drumlin {

namespace nb = nanobind;

class Buffer {
    Py_buffer view_{};
    const char* name_;

    [[noreturn]] void refuse(const std::string& what) const { throw nb::value_error((name_ + (" " + what)).c_str()); }

  public:
    Buffer(nb::handle array, const char* name, bool writable = false) : name_(name) {
        const int flags = PyBUF_FORMAT | PyBUF_STRIDES | (writable ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(array.ptr(), &view_, flags) != 0) throw nb::python_error();
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { PyBuffer_Release(&view_); }

    int dimensions() const { return view_.ndim; }
    int64_t size(int axis) const { return view_.shape[axis]; }
    int64_t step(int axis) const { return view_.strides[axis]; }
    template <class T> T* data() const { return static_cast<T*>(view_.buf); }

    bool is(char kind, int64_t bytes) const {
        const char* format = view_.format ? view_.format : "B";
        if (*format == '@' || *format == '=') ++format;
        const bool same = *format == kind || (kind == 'q' && *format == 'l');
        return same && format[1] == 0 && view_.itemsize == bytes;
    }
    bool is_float64() const { return is('d', 8); }
    bool is_float32() const { return is('f', 4); }
    bool is_int64() const { return is('q', 8); }
    bool is_int32() const { return is('i', 4); }

    // Shape exactly `shape`, C-contiguous.
    const Buffer& expect_shape(std::initializer_list<int64_t> shape) const {
        int axis = 0;
        bool same = static_cast<int>(shape.size()) == view_.ndim;
        for (const int64_t size : shape) same = same && view_.shape[axis++] == size;
        if (!same) {
            std::string wanted;
            for (const int64_t size : shape) wanted += (wanted.empty() ? "" : ", ") + std::to_string(size);
            refuse("must have shape (" + wanted + ")");
        }
        if (!PyBuffer_IsContiguous(&view_, 'C')) refuse("must be C-contiguous");
        return *this;
    }
    const Buffer& expect_type(bool right, const char* type) const {
        if (!right) refuse(std::string("must be ") + type + " in native byte order");
        return *this;
    }
    const Buffer& expect_dimensions(int from, int to) const {
        if (view_.ndim < from || view_.ndim > to) refuse("has the wrong number of dimensions");
        return *this;
    }
};

// A new C-contiguous float64 array; `data` becomes its first entry.
inline nb::object new_array(std::initializer_list<size_t> shape, double** data) {
    size_t size = 1;
    for (const size_t axis : shape) size *= axis;
    *data = new double[size];
    nb::capsule owner(*data, [](void* memory) noexcept { delete[] static_cast<double*>(memory); });
    return nb::cast(nb::ndarray<nb::numpy, double>(*data, shape, owner));
}

}  // namespace drumlin
