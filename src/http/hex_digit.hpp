// The value of a hexadecimal digit: percent-encoding, chunk sizes and key hashes are made of them.
#pragma once

namespace rushline::http {

// -1 when `c` is none.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace rushline::http
