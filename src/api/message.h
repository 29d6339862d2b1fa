// SPDX-License-Identifier: Apache-2.0
//
// An HTTP request and its answer, without a server.
#pragma once

#include <map>
#include <string>

namespace ricochet {

using Parameters = std::multimap<std::string, std::string>;

// Headers that are not there are empty.
struct ApiRequest {
  std::string method = {};
  std::string target = {};  // as it stands in the request line
  std::string path = {};    // of the target, percent-decoded
  Parameters parameters = {};
  std::string accept = {};
  std::string if_match = {};
  std::string if_none_match = {};
  std::string content_type = {};
  std::string content_length = {};
  std::string content_encoding = {};
  std::string transfer_encoding = {};
  std::string body = {};
};

// Headers that are empty are not sent.
struct ApiResponse {
  int status = 200;
  std::string content_type = {};
  std::string body = {};
  std::string allow = {};
  std::string etag = {};
};

}  // namespace ricochet
