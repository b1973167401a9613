// Renders data; see output.hpp.
#include "app/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "app/values.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

const json::array& items_of(const json::value& list) {
  return list.is_object() ? list.at("items").as_array() : list.as_array();
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// Control characters of a stored name must not move the cursor.
std::string made_harmless(std::string_view text) {
  std::string harmless;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    harmless += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return harmless;
}

std::string row_text(const std::vector<std::string>& cells, std::span<const Column> columns,
                     const std::vector<std::size_t>& widths) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text += "  ";
    text += padded(cells[i], widths[i], columns[i].is_right_aligned);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

Format format_of(const Arguments& arguments) {
  const std::string text = text_of(arguments, "-o");
  if (text == "json") return Format::json;
  return text == "jsonl" ? Format::jsonl : Format::table;
}

Option format_option() {
  return {.name = "-o",
          .value = "FORMAT",
          .help = "how data is printed",
          .usual = "table",
          .choices = "table json jsonl"};
}

std::string with_thousands(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string padded(std::string_view text, std::size_t width, bool right) {
  const std::size_t used = width_of(text);
  const std::string blanks(width > used ? width - used : 0, ' ');
  return right ? blanks + std::string(text) : std::string(text) + blanks;
}

std::string cell_text(const json::value& thing, const std::string& field) {
  const json::value* value = &thing;
  std::string_view rest = field;
  while (!rest.empty()) {
    const std::size_t dot = rest.find('.');
    if (!value->is_object()) return "-";
    value = value->get_object().if_contains(rest.substr(0, dot));
    if (value == nullptr) return "-";
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
  }
  if (value->is_null()) return "-";
  if (value->is_string()) return made_harmless(value->get_string());
  if (value->is_int64()) return with_thousands(value->get_int64());
  if (value->is_bool()) return value->get_bool() ? "yes" : "no";
  return json::serialize(*value);
}

void print_list(Stream& out, Format format, const json::value& list,
                std::span<const Column> columns) {
  if (format == Format::json) return out.line(json::serialize(list));
  if (format == Format::jsonl) {
    for (const json::value& item : items_of(list)) out.line(json::serialize(item));
    return;
  }
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) rows[0].push_back(column.title);
  for (const json::value& item : items_of(list)) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const Column& column : columns) row.push_back(cell_text(item, column.field));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  out.line(out.in(Ink::bold, row_text(rows[0], columns, widths)));
  for (std::size_t i = 1; i < rows.size(); ++i) out.line(row_text(rows[i], columns, widths));
}

void print_one(Stream& out, Format format, const json::value& thing,
               std::span<const Column> columns) {
  if (format != Format::table) return out.line(json::serialize(thing));
  std::size_t width = 0;
  for (const Column& column : columns) width = std::max(width, width_of(column.title));
  for (const Column& column : columns) {
    out.line(fmt::format("{}  {}", out.in(Ink::dim, padded(column.title, width, false)),
                         cell_text(thing, column.field)));
  }
}

}  // namespace rushline::app
