// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace ricochet {

// How connection IDs of QUIC name a server: the octets after the first one of such an ID
// (draft-ietf-quic-load-balancers, in plain text). 1 to kQuicIdBytesMax octets.
class QuicId {
 public:
  // Two-digit hexadecimal octets with colons between, upper or lower case: "0a:01".
  static Result<QuicId> parse(std::string_view text);

  // The octets as one number, the first one highest.
  [[nodiscard]] uint64_t number() const { return number_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] std::string to_string() const;  // lower case
  auto operator<=>(const QuicId&) const = default;

 private:
  QuicId(uint64_t number, size_t bytes) : number_(number), bytes_(bytes) {}

  uint64_t number_;
  size_t bytes_;
};

}  // namespace ricochet
