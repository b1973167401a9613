// Words a verification; see verification_text.hpp.
#include "app/verification_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "app/output.hpp"

namespace rushline::app {

namespace json = boost::json;
using verify::Check;

json::value to_json(const verify::Verification& verification) {
  json::array checks;
  for (const Check& check : verification.checks) {
    json::array findings;
    for (const std::string& finding : check.findings) findings.emplace_back(finding);
    checks.push_back({{"promise", check.promise},
                      {"states", check.states},
                      {"rows", check.rows},
                      {"findings_count", check.findings_count},
                      {"findings", std::move(findings)}});
  }
  return {{"holds", verification.holds()}, {"checks", std::move(checks)}};
}

void print_checks(Stream& out, const verify::Verification& verification) {
  std::size_t promise_width = 0;
  std::size_t rows_width = 0;
  for (const Check& check : verification.checks) {
    promise_width = std::max(promise_width, check.promise.size());
    rows_width = std::max(rows_width, with_thousands(check.rows).size());
  }
  for (const Check& check : verification.checks) {
    const bool holds = check.findings_count == 0;
    out.line(fmt::format("{}  {}  {} rows  {}",
                         out.in(holds ? Ink::green : Ink::red, holds ? "holds " : "BROKEN"),
                         padded(check.promise, promise_width, false),
                         padded(with_thousands(check.rows), rows_width, true), check.states));
    for (const std::string& finding : check.findings) out.line("          " + finding);
    const std::int64_t more = check.findings_count - std::ssize(check.findings);
    if (more > 0) out.line(fmt::format("          and {} more", with_thousands(more)));
  }
}

}  // namespace rushline::app
