// Writes a run's history as JSON lines; see history.hpp and docs/history.md.
#include "load/history.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <iterator>

namespace rushline::load {
namespace {

std::int64_t to_us(Timestamp time) { return time.time_since_epoch().count(); }

Error not_written(const std::string& path) {
  return fail(Errc::unavailable,
              fmt::format("the history cannot be written to {}: {}", path, std::strerror(errno)));
}

}  // namespace

Result<HistoryWriter> HistoryWriter::create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return not_written(path);
  return HistoryWriter(file, path);
}

void HistoryWriter::write(const Operation& operation) {
  line_.clear();
  auto out = std::back_inserter(line_);
  // Users are shop ids and codes are words: neither needs escaping.
  fmt::format_to(out, R"({{"op":{},"user":"{}","event":{},"invoke_us":{})", ++written_,
                 operation.user, operation.event.value, to_us(operation.invoked));
  if (operation.completed) {
    fmt::format_to(out, R"(,"complete_us":{})", to_us(*operation.completed));
  }
  fmt::format_to(out, R"(,"outcome":"{}")", to_word(operation.outcome));
  if (!operation.code.empty()) fmt::format_to(out, R"(,"code":"{}")", operation.code);
  if (operation.coupon_id) fmt::format_to(out, R"(,"coupon_id":{})", *operation.coupon_id);
  if (operation.issue_no) fmt::format_to(out, R"(,"issue_no":{})", *operation.issue_no);
  if (operation.position) fmt::format_to(out, R"(,"position":{})", *operation.position);
  line_ += "}\n";
  std::fwrite(line_.data(), 1, line_.size(), file_.get());
}

void HistoryWriter::write(const SeenEvent& seen) {
  line_.clear();
  fmt::format_to(std::back_inserter(line_),
                 R"({{"kind":"seen","op":{},"event":{},"invoke_us":{},"complete_us":{},)"
                 R"("outcome":"done","quantity":{}}})"
                 "\n",
                 ++written_, seen.event.value, to_us(seen.invoked), to_us(seen.completed),
                 seen.quantity);
  std::fwrite(line_.data(), 1, line_.size(), file_.get());
}

Result<void> HistoryWriter::finish() {
  if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0) return not_written(path_);
  return {};
}

}  // namespace rushline::load
