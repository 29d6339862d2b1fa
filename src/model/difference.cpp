// SPDX-License-Identifier: Apache-2.0
#include "model/difference.h"

#include <algorithm>

namespace ricochet {
namespace {

template <class Key, class Value>
std::map<Key, Change<Value>> changes(const std::map<Key, Value>& before,
                                     const std::map<Key, Value>& after) {
  std::map<Key, Change<Value>> found;
  for (const auto& [key, value] : before) {
    const auto now = after.find(key);
    if (now == after.end()) {
      found.emplace(key, Change<Value>{value, std::nullopt});
    } else if (now->second != value) {
      found.emplace(key, Change<Value>{value, now->second});
    }
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) found.emplace(key, Change<Value>{std::nullopt, value});
  }
  return found;
}

template <class Key, class Value>
void apply_to(std::map<Key, Value>& values, const std::map<Key, Change<Value>>& difference) {
  for (const auto& [key, change] : difference) {
    if (change.after) {
      values.insert_or_assign(key, *change.after);
    } else {
      values.erase(key);
    }
  }
}

template <class Key, class Value>
void append(std::map<Key, Change<Value>>& joined, const std::map<Key, Change<Value>>& later) {
  for (const auto& [key, change] : later) {
    const auto [entry, added] = joined.emplace(key, change);
    if (!added) entry->second.after = change.after;
  }
  std::erase_if(joined,
                [](const auto& entry) { return entry.second.before == entry.second.after; });
}

// '+' added, '-' removed, '~' changed.
template <class Value>
char sign_of(const Change<Value>& change) {
  if (!change.before) return '+';
  return change.after ? '~' : '-';
}

template <class Value>
void describe_field(std::string& text, std::string_view name, const Value& before,
                    const Value& after) {
  if (before != after) text += fmt::format(" {} {} -> {}", name, before, after);
}

std::string describe_table(const TableOptions& before, const TableOptions& after) {
  std::string text;
  describe_field(text, "placement", to_string(before.placement), to_string(after.placement));
  describe_field(text, "buckets", before.buckets, after.buckets);
  describe_field(text, "history", to_string(before.history), to_string(after.history));
  describe_field(text, "history_depth", before.history_depth, after.history_depth);
  describe_field(text, "mark", to_string(before.mark), to_string(after.mark));
  return text;
}

std::string to_string(const std::optional<QuicId>& id) {
  return id ? id->to_string() : "none";
}

std::string describe_backend(const Backend& before, const Backend& after) {
  std::string text;
  describe_field(text, "weight", before.weight, after.weight);
  describe_field(text, "state", to_string(before.state), to_string(after.state));
  describe_field(text, "agent", to_string(before.agent), to_string(after.agent));
  describe_field(text, "quic_id", to_string(before.quic_id), to_string(after.quic_id));
  return text;
}

// What a new one has that is not the default.
std::string describe_new(const Backend& backend) {
  const Backend plain{.address = backend.address};
  std::string text;
  if (backend.weight != plain.weight) text += fmt::format(" weight {}", backend.weight);
  if (backend.state != plain.state) text += " state " + to_string(backend.state);
  if (backend.agent != plain.agent) text += " agent " + to_string(backend.agent);
  if (backend.quic_id) text += " quic_id " + backend.quic_id->to_string();
  return text;
}

std::string describe_options(const ServiceOptions& before, const ServiceOptions& after) {
  std::string text;
  describe_field(text, "affinity", to_string(before.affinity), to_string(after.affinity));
  describe_field(text, "keep_flows", before.keep_flows, after.keep_flows);
  describe_field(text, "quic", before.quic, after.quic);
  return text;
}

std::string describe_new(const ServiceOptions& options) {
  const ServiceOptions plain;
  std::string text;
  if (options.affinity != plain.affinity) text += " affinity " + to_string(options.affinity);
  if (options.keep_flows) text += " keep_flows";
  if (options.quic) text += " quic";
  return text;
}

std::string describe_service(const ServiceKey& key, const Change<Service>& change) {
  std::string text = fmt::format("{} service {}", sign_of(change), to_string(key));
  if (!change.after) return text;
  if (!change.before || change.before->pool != change.after->pool) {
    text += " to " + change.after->pool;
  }
  if (!change.before) return text + describe_new(change.after->options);
  const std::string options = describe_options(change.before->options, change.after->options);
  return options.empty() ? text : text + ":" + options;
}

using Members = std::map<std::optional<Address>, const Backend*>;

Members members_of(const Pool& pool) {
  Members members;
  for (const Backend& backend : pool.backends) members.emplace(backend.address, &backend);
  return members;
}

void describe_pool(std::vector<std::string>& lines, const std::string& name,
                   const Change<Pool>& change) {
  if (!change.before || !change.after)
    lines.push_back(fmt::format("{} pool {}", sign_of(change), name));
  if (!change.after) return;
  const Pool before = change.before.value_or(Pool{});
  const Members old_members = members_of(before);
  const Members new_members = members_of(*change.after);
  if (const auto table = describe_table(before.table, change.after->table); !table.empty()) {
    lines.push_back(fmt::format("~ pool {}:{}", name, table));
  }
  const auto line = [&](char sign, const Backend& backend, const std::string& details) {
    lines.push_back(
        fmt::format("{} pool {}: backend {}{}", sign, name, name_of(backend.address), details));
  };
  const size_t first = lines.size();
  for (const Backend& backend : before.backends) {
    const auto now = new_members.find(backend.address);
    if (now == new_members.end()) {
      line('-', backend, "");
    } else if (*now->second != backend) {
      line('~', backend, describe_backend(backend, *now->second));
    }
  }
  for (const Backend& backend : change.after->backends) {
    if (!old_members.contains(backend.address)) line('+', backend, describe_new(backend));
  }
  if (lines.size() == first && change.before && before.backends != change.after->backends) {
    lines.push_back(fmt::format("~ pool {}: order of the backends", name));
  }
}

}  // namespace

bool Difference::empty() const {
  return pools.empty() && services.empty() && neighbours.empty();
}

Difference difference(const Configuration& before, const Configuration& after) {
  return {.pools = changes(before.pools, after.pools),
          .services = changes(before.services, after.services),
          .neighbours = changes(before.neighbours, after.neighbours)};
}

void apply(const Difference& difference, Configuration& configuration) {
  apply_to(configuration.pools, difference.pools);
  apply_to(configuration.services, difference.services);
  apply_to(configuration.neighbours, difference.neighbours);
}

Difference join(const Difference& first, const Difference& second) {
  Difference joined = first;
  append(joined.pools, second.pools);
  append(joined.services, second.services);
  append(joined.neighbours, second.neighbours);
  return joined;
}

std::vector<std::string> describe(const Difference& difference) {
  std::vector<std::string> lines;
  for (const auto& [name, change] : difference.pools) describe_pool(lines, name, change);
  for (const auto& [key, change] : difference.services) {
    lines.push_back(describe_service(key, change));
  }
  for (const auto& [address, change] : difference.neighbours) {
    lines.push_back(fmt::format(
        "{} neighbour {}{}", sign_of(change), address.to_string(),
        change.after
            ? fmt::format(" on {} with {}", change.after->interface, change.after->mac.to_string())
            : ""));
  }
  return lines;
}

}  // namespace ricochet
