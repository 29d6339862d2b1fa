// SPDX-License-Identifier: Apache-2.0
#include "api/rest_change.h"

#include "api/parameters.h"
#include "config/json_text.h"

namespace ricochet {
namespace {

using Refusal = std::optional<Problem>;

// What a request does to the part that it names, before the router is asked.
using PartEdit =
    std::function<Refusal(const ConfigurationPart& part, Configuration& configuration)>;

int status_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::done:
      return kOk;
    case Outcome::Kind::refused:
      return kUnprocessable;
    case Outcome::Kind::not_found:
      return kNotFound;
    case Outcome::Kind::conflict:
      return kPreconditionFailed;
    case Outcome::Kind::failed:
      return kServerError;
  }
  return kServerError;
}

Reply to_reply(const ChangeReport& report, bool dry_run) {
  if (!report.outcome.ok()) {
    return Problem{.status = status_of(report.outcome.kind),
                   .detail = report.outcome.message,
                   .where = report.outcome.where};
  }
  Json pools = Json::object();
  for (const auto& [name, cost] : report.costs) pools[name] = to_json(cost);
  Json body = {{"generation", report.generation},
               {"changed", report.changed},
               {"dry_run", dry_run},
               {"message", report.outcome.message},
               {"difference", describe(report.difference)},
               {"cost", to_json(report.cost)},
               {"pools", std::move(pools)},
               {"warnings", report.warnings}};
  const bool is_to_come = dry_run && report.changed;
  return Shown{std::move(body), report.generation - (is_to_come ? 1 : 0)};
}

Reply change(const RestCall& call, const NamedPart& part, const PartEdit& edit_part) {
  if (!part) return bad_request(part.error());
  const auto conditions = parse_conditions(call.request);
  if (!conditions) return bad_request(conditions.error());
  const auto dry_run = find_flag(call.request.parameters, "dry_run");
  if (!dry_run) return bad_request(dry_run.error());

  Refusal refusal;
  const Edit edit = [&](Configuration& configuration) {
    if (conditions->is_new && (*part)->is_in(configuration)) {
      refusal = {.status = kPreconditionFailed,
                 .detail = fmt::format("{} is there already", (*part)->name())};
    } else {
      refusal = edit_part(**part, configuration);
    }
    return refusal ? refused(refusal->detail) : done("");
  };
  const ChangeReport report =
      call.controller.change(edit, {.cause = (*part)->name(),
                                    .expected_generation = conditions->generation,
                                    .dry_run = *dry_run});
  if (refusal) return *refusal;
  return to_reply(report, *dry_run);
}

// Replaces the part by what the document says of it.
Refusal put_document(const ConfigurationPart& part, const Json& document,
                     Configuration& configuration) {
  auto invalid = part.put(configuration, document);
  if (!invalid) return std::nullopt;
  return Problem{.status = kUnprocessable,
                 .detail = std::move(invalid->message),
                 .where = std::move(invalid->where)};
}

// The body of a PUT or PATCH.
std::variant<Json, Problem> parse_body(const RestCall& call) {
  auto body = parse_json(call.request.body);
  if (!body) return bad_request(body.error());
  if (!body->is_object()) {
    return Problem{
        .status = kUnprocessable,
        .detail = fmt::format("the body is a JSON {}: send an object", body->type_name())};
  }
  return *std::move(body);
}

}  // namespace

Reply put_part(const RestCall& call, const NamedPart& part) {
  const auto body = parse_body(call);
  if (const auto* problem = std::get_if<Problem>(&body)) return *problem;
  return change(call, part, [&](const ConfigurationPart& named, Configuration& configuration) {
    if (const auto missing = named.missing(configuration)) return Refusal(not_there(*missing));
    return put_document(named, std::get<Json>(body), configuration);
  });
}

Reply patch_part(const RestCall& call, const NamedPart& part) {
  const auto body = parse_body(call);
  if (const auto* problem = std::get_if<Problem>(&body)) return *problem;
  return change(call, part, [&](const ConfigurationPart& named, Configuration& configuration) {
    if (!named.is_in(configuration)) return Refusal(not_there(named.name()));
    Json document = named.encode(configuration);
    document.merge_patch(std::get<Json>(body));
    return put_document(named, document, configuration);
  });
}

Reply delete_part(const RestCall& call, const NamedPart& part) {
  return change(call, part, [](const ConfigurationPart& named, Configuration& configuration) {
    if (!named.is_in(configuration)) return Refusal(not_there(named.name()));
    const auto removed = named.remove(configuration);
    if (removed) return Refusal();
    return Refusal({.status = kConflict, .detail = removed.error().message, .where = named.keys()});
  });
}

}  // namespace ricochet
