// SPDX-License-Identifier: Apache-2.0
//
// The model as JSON, in the shape of the configuration file (docs/configuration.md):
//   {"pools": {"web": {"placement": "maglev", "buckets": 65536, "history": "distinct",
//                      "history_depth": 4, "mark": "dscp",
//                      "backends": {"10.0.0.1": {"weight": 1, "state": "active",
//                                                "agent": "required", "quic_id": "0a:01"},
//                                   "connected": {}}}},
//    "services": {"10.0.10.0:80/tcp": {"pool": "web", "affinity": "flow", "keep_flows": false,
//                                      "quic": false}},
//    "neighbours": {"10.0.0.9": {"interface": "eth1", "mac": "02:00:00:00:01:09"}}}
// Written is everything, but no quic_id of a backend without one. When read, whatever has a default
// in the model may be left out, a section, pool or backend may be null, and an unknown key is
// refused. Text is best read by parse_json().
#pragma once

#include <optional>
#include <string_view>

#include "config/decode_result.h"
#include "model/configuration.h"

namespace ricochet {

OrderedJson to_json(const Configuration& configuration);
OrderedJson to_json(const Pool& pool);
OrderedJson to_json(const Backend& backend);  // without its address, which is the key
OrderedJson to_json(const Service& service);
OrderedJson to_json(const Neighbour& neighbour);

// These check the shape and each value by itself. `where` is what `json` is of the whole, and
// begins every Invalid::where.
DecodeResult<Configuration> decode_configuration(const OrderedJson& json);
DecodeResult<Pool> decode_pool(const OrderedJson& json, const Keys& where = {});
DecodeResult<Backend> decode_backend(const std::optional<Address>& address, const OrderedJson& json,
                                     const Keys& where = {});
DecodeResult<Service> decode_service(const OrderedJson& json, const Keys& where = {});
DecodeResult<Neighbour> decode_neighbour(const OrderedJson& json, const Keys& where = {});

// decode_configuration() and then find_invalid(): a configuration that may come into force.
DecodeResult<Configuration> decode_valid_configuration(const OrderedJson& json);

// The inverse of name_of(): an address, or "connected".
Result<std::optional<Address>> parse_backend_name(std::string_view text);

}  // namespace ricochet
