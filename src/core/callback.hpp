// A function that is called once or more, owns what it captured and need not be copyable.
//
// std::function demands copyable captures, std::move_only_function is not in C++20.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "core/assert.hpp"

namespace rushline {

template <class Signature>
class Callback;

// One allocation at construction, none at a call. Not thread-safe by itself.
template <class R, class... Args>
class Callback<R(Args...)> {
 public:
  Callback() = default;

  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, Callback> &&
             std::is_invocable_r_v<R, std::remove_cvref_t<F>&, Args...>)
  Callback(F&& function)  // NOLINT(google-explicit-constructor): a lambda is a callback
      : target_(std::make_unique<Target<std::remove_cvref_t<F>>>(std::forward<F>(function))) {}

  explicit operator bool() const { return target_ != nullptr; }

  R operator()(Args... args) {
    RUSHLINE_ASSERT(target_ != nullptr);
    return target_->call(std::forward<Args>(args)...);
  }

 private:
  struct Callable {
    virtual ~Callable() = default;
    virtual R call(Args... args) = 0;
  };

  template <class F>
  struct Target final : Callable {
    explicit Target(F&& f) : function(std::move(f)) {}
    explicit Target(const F& f) : function(f) {}
    R call(Args... args) override { return function(std::forward<Args>(args)...); }
    F function;
  };

  std::unique_ptr<Callable> target_;
};

}  // namespace rushline
