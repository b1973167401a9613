// How the wrong fields of a request become one error.
#include "http/field_errors.hpp"

#include "core/limits.hpp"

namespace rushline::http {
namespace {

constexpr std::size_t shown_field_bytes_max = 200;

// A client's own name of a field may be as long as a body; cut between characters.
void shorten(std::string& field) {
  if (field.size() <= shown_field_bytes_max) return;
  std::size_t size = shown_field_bytes_max;
  while (size > 0 && (static_cast<unsigned char>(field[size]) & 0xc0) == 0x80) --size;
  field.resize(size);
  field += "...";
}

}  // namespace

void FieldErrors::add(std::string field, std::string message) {
  shorten(field);
  if (fields_.size() >= limits::field_errors_max) {
    ++left_out_;
    return;
  }
  fields_.push_back({std::move(field), std::move(message)});
}

std::optional<Error> FieldErrors::error() const {
  if (fields_.empty()) return std::nullopt;
  std::string detail = fields_.front().field + ": " + fields_.front().message;
  if (const std::size_t others = fields_.size() - 1 + left_out_; others > 0) {
    detail += " (and " + std::to_string(others) + " more)";
  }
  return Error{Errc::invalid_input, std::move(detail), fields_};
}

}  // namespace rushline::http
