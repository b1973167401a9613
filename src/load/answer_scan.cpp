// Reads status, length and the few fields of a verdict by searching the bytes; see answer_scan.hpp.
#include "load/answer_scan.hpp"

#include <charconv>

namespace rushline::load {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_lower(text[i]) != lower[i]) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// What follows `"name":` in the JSON text, without blanks; empty when it is not there. Exact
// enough for answers whose strings hold no quotes, which verdicts and codes do not.
std::string_view after_name(std::string_view json, std::string_view name) {
  std::size_t at = 0;
  while ((at = json.find(name, at)) != std::string_view::npos) {
    const std::size_t end = at + name.size();
    if (at > 0 && json[at - 1] == '"' && end < json.size() && json[end] == '"') {
      std::string_view rest = trimmed(json.substr(end + 1));
      if (rest.starts_with(':')) return trimmed(rest.substr(1));
    }
    at = end;
  }
  return {};
}

std::string_view text_field(std::string_view json, std::string_view name) {
  std::string_view rest = after_name(json, name);
  if (!rest.starts_with('"')) return {};
  rest.remove_prefix(1);
  return rest.substr(0, rest.find('"'));
}

std::optional<std::int64_t> number_field(std::string_view json, std::string_view name) {
  const std::string_view rest = after_name(json, name);
  return to_number<std::int64_t>(rest.substr(0, rest.find_first_not_of("0123456789")));
}

}  // namespace

Scan scan_answer(std::string_view bytes, ScannedAnswer& answer) {
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return Scan::more;
  std::string_view head = bytes.substr(0, head_end);
  if (head.size() < 12 || !head.starts_with("HTTP/1.")) return Scan::broken;
  const auto status = to_number<int>(head.substr(9, 3));
  if (!status) return Scan::broken;
  answer.status = *status;
  answer.keep_alive = head[7] == '1';

  std::optional<std::size_t> length;
  std::size_t line_end = head.find("\r\n");
  while (line_end != std::string_view::npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return Scan::broken;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (equals_ignoring_case(name, "content-length")) length = to_number<std::size_t>(value);
    if (equals_ignoring_case(name, "connection")) {
      answer.keep_alive = !equals_ignoring_case(value, "close");
    }
  }
  if (!length) return Scan::broken;
  answer.bytes = head_end + 4 + *length;
  if (bytes.size() < answer.bytes) return Scan::more;
  answer.body = bytes.substr(head_end + 4, *length);
  return Scan::complete;
}

ScannedVerdict scan_verdict(int status, std::string_view body) {
  ScannedVerdict verdict;
  if (status == 200 || status == 201) {
    const std::string_view state = text_field(body, "state");
    if (state == "sold_out") {
      verdict.outcome = Outcome::sold_out;
    } else if (state == "issued") {
      verdict.outcome =
          after_name(body, "repeat").starts_with("true") ? Outcome::repeat : Outcome::issued;
      verdict.coupon_id = number_field(body, "coupon_id");
      verdict.issue_no = number_field(body, "issue_no");
      if (!verdict.coupon_id || !verdict.issue_no) verdict.outcome = Outcome::error;
    }
  } else if (status == 202) {
    verdict.outcome = Outcome::queued;
    verdict.position = number_field(body, "position");
  } else {
    verdict.code = text_field(body, "code");
    const bool is_refusal = (status >= 400 && status < 500) || status == 503;
    verdict.outcome = is_refusal && !verdict.code.empty() ? Outcome::refused : Outcome::error;
  }
  return verdict;
}

}  // namespace rushline::load
