// Data for people and for scripts: the same JSON value as a table, as JSON, or as JSON lines.
#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/console.hpp"

namespace rushline::app {

enum class Format { table, json, jsonl };

// What `-o` says.
Format format_of(const Arguments& arguments);
// The option itself, for the table of verbs.
Option format_option();

struct Column {
  std::string title;
  std::string field;              // dots lead into objects: "discount.value"
  bool is_right_aligned = false;  // numbers
};

// A list: an array, or an object with "items". A table has one row per item; JSON is the value as
// it came; JSON lines have one item each.
void print_list(Stream& out, Format format, const boost::json::value& list,
                std::span<const Column> columns);

// One thing: a table has one row per column, its title on the left.
void print_one(Stream& out, Format format, const boost::json::value& thing,
               std::span<const Column> columns);

// A cell as people read it: texts without quotes, numbers with thousands apart, nothing as "-".
std::string cell_text(const boost::json::value& thing, const std::string& field);

// 1234567 → 1,234,567
std::string with_thousands(std::int64_t number);

// Text in `width` columns; what is longer stays whole. Counts code points, which is close enough.
std::string padded(std::string_view text, std::size_t width, bool right);

}  // namespace rushline::app
