// Python buffers, borrowed, and new arrays. Checks raise ValueError with the name of the argument.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>

namespace drumlin {

namespace nb = nanobind;

class Buffer {
    Py_buffer view_{};
    const char* name_;
    std::unique_ptr<char[]> copy_;
    void* data_ = nullptr;
    bool writable_ = false;

    [[noreturn]] void refuse(const std::string& what) const { throw nb::value_error((name_ + (" " + what)).c_str()); }

    // The arithmetic reads through typed pointers, which must be aligned. A column of packed records or an offset into
    // bytes is not.
    void align() {
        if (view_.itemsize < 2 || reinterpret_cast<uintptr_t>(data_) % static_cast<uintptr_t>(view_.itemsize) == 0)
            return;
        copy_.reset(new char[static_cast<size_t>(view_.len)]);
        std::memcpy(copy_.get(), data_, static_cast<size_t>(view_.len));
        data_ = copy_.get();
    }

  public:
    // `bytes`: any steps and alignment, for code that loads each number by memcpy. `read`: aligned, copied where it is
    // not. `write`: writable and aligned.
    enum class Access { bytes, read, write };

    Buffer(nb::handle array, const char* name, Access access = Access::read) : name_(name) {
        const int flags = PyBUF_FORMAT | PyBUF_STRIDES | (access == Access::write ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(array.ptr(), &view_, flags) != 0) throw nb::python_error();
        data_ = view_.buf;
        if (access == Access::read && PyBuffer_IsContiguous(&view_, 'C')) align();
        writable_ = access == Access::write;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { PyBuffer_Release(&view_); }

    int dimensions() const { return view_.ndim; }
    int64_t size(int axis) const { return view_.shape[axis]; }
    int64_t step(int axis) const { return view_.strides[axis]; }
    template <class T> T* data() const { return static_cast<T*>(data_); }

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

    // The shape is `shape` exactly, the layout C-contiguous.
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
        if (writable_ && reinterpret_cast<uintptr_t>(data_) % static_cast<uintptr_t>(view_.itemsize) != 0)
            refuse("must be aligned");
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
