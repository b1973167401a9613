// Collects what is wrong with a request's body or query, so that all of it is told together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace rushline::http {

// The wrong fields of one request, at most limits::field_errors_max of them.
class FieldErrors {
 public:
  void add(std::string field, std::string message);
  // Errc::invalid_input with every field; nothing when all are right.
  std::optional<Error> error() const;

 private:
  std::vector<FieldError> fields_;
  std::size_t left_out_ = 0;
};

}  // namespace rushline::http
