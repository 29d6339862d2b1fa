// SPDX-License-Identifier: Apache-2.0
#include "api/openapi.h"
#include "config/schema.h"

namespace ricochet {
namespace {

// Of what is not in the configuration file.
constexpr const char* kSchemas = R"json({
  "OpenApi": {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"]
  },
  "Router": {
    "type": "object",
    "description": "The router section of the configuration file, and the program's version",
    "required": ["version"],
    "properties": {
      "version": {"type": "string"},
      "ports": {"type": "array", "items": {"type": "string"}},
      "backend_ports": {"type": "array", "items": {"type": "string"}},
      "listen": {"type": "string"},
      "socket": {"type": "string"},
      "seed": {"type": "integer", "minimum": 0},
      "settle_ms": {"type": "integer", "minimum": 0},
      "table_memory_mib": {"type": "integer", "minimum": 1},
      "pin_memory_mib": {"type": "integer", "minimum": 0},
      "pin_idle_s": {"type": "integer", "minimum": 8},
      "flow_memory_mib": {"type": "integer", "minimum": 0},
      "flow_idle_s": {"type": "integer", "minimum": 8},
      "source_prefix_ipv4_bits": {"type": "integer", "minimum": 1, "maximum": 32},
      "source_prefix_ipv6_bits": {"type": "integer", "minimum": 1, "maximum": 128},
      "learn_neighbours": {"type": "boolean"},
      "answer_echo": {"type": "boolean"},
      "forward_other": {"enum": ["kernel", "fib"]}
    }
  },
  "Status": {
    "type": "object",
    "required": ["generation", "ports", "table_memory", "pools", "backends", "counters",
                 "pins", "flows"],
    "additionalProperties": false,
    "properties": {
      "generation": {"type": "integer", "minimum": 0},
      "ports": {
        "type": "array",
        "items": {
          "type": "object",
          "required": ["name", "ifindex", "mode"],
          "additionalProperties": false,
          "properties": {
            "name": {"type": "string"},
            "ifindex": {"type": ["integer", "null"]},
            "mode": {"enum": ["native", "generic", "absent"]}
          }
        }
      },
      "table_memory": {
        "type": "object",
        "required": ["used_bytes", "capacity_bytes"],
        "additionalProperties": false,
        "properties": {
          "used_bytes": {"type": "integer", "minimum": 0},
          "capacity_bytes": {"type": "integer", "minimum": 0}
        }
      },
      "pools": {
        "type": "array",
        "items": {
          "type": "object",
          "required": ["name", "buckets", "table_bytes", "backends", "eligible"],
          "additionalProperties": false,
          "properties": {
            "name": {"type": "string"},
            "buckets": {"type": "integer", "minimum": 0},
            "table_bytes": {"type": "integer", "minimum": 0},
            "backends": {"type": "integer", "minimum": 0},
            "eligible": {"type": "integer", "minimum": 0}
          }
        }
      },
      "backends": {
        "type": "array",
        "items": {
          "type": "object",
          "required": ["address", "live", "packets", "bytes"],
          "additionalProperties": false,
          "properties": {
            "address": {"type": "string"},
            "live": {"type": "boolean"},
            "packets": {"type": "integer", "minimum": 0},
            "bytes": {"type": "integer", "minimum": 0}
          }
        }
      },
      "pins": {
        "type": "object",
        "required": ["used", "capacity"],
        "additionalProperties": false,
        "properties": {
          "used": {"type": "integer", "minimum": 0},
          "capacity": {"type": "integer", "minimum": 0}
        }
      },
      "flows": {
        "type": "object",
        "description": "Flows of UDP that are kept",
        "required": ["used", "capacity"],
        "additionalProperties": false,
        "properties": {
          "used": {"type": "integer", "minimum": 0},
          "capacity": {"type": "integer", "minimum": 0}
        }
      },
      "counters": {
        "type": "object",
        "description": "Packets by verdict or event",
        "additionalProperties": {"type": "integer", "minimum": 0}
      }
    }
  },
  "MergePatch": {
    "type": "object",
    "description": "JSON merge patch (RFC 7386): null removes"
  },
  "BackendState": {
    "type": "object",
    "description": "A backend, with whether it gets new connections and what it got",
    "required": ["weight", "state", "agent", "eligible", "reason", "packets", "bytes"],
    "additionalProperties": false,
    "properties": {
      "weight": {"type": "integer", "minimum": 1},
      "state": {"enum": ["active", "draining", "dead"]},
      "agent": {"enum": ["required", "none"]},
      "quic_id": {"type": "string", "description": "If it has one"},
      "eligible": {"type": "boolean"},
      "reason": {"type": "string", "description": "Why it is not eligible"},
      "packets": {"type": "integer", "minimum": 0},
      "bytes": {"type": "integer", "minimum": 0}
    }
  },
  "BackendStates": {
    "type": "object",
    "additionalProperties": {"$ref": "#/components/schemas/BackendState"}
  },
  "NeighbourState": {
    "type": "object",
    "required": ["interface", "mac", "source"],
    "additionalProperties": false,
    "properties": {
      "interface": {"type": ["string", "null"]},
      "mac": {"type": ["string", "null"]},
      "source": {"enum": ["static", "kernel"]},
      "problem": {"type": "string", "description": "Why it is not known"}
    }
  },
  "NeighbourStates": {
    "type": "object",
    "additionalProperties": {"$ref": "#/components/schemas/NeighbourState"}
  },
  "Lines": {
    "type": "array",
    "description": "One change each: + added, - removed, ~ changed",
    "items": {"type": "string"}
  },
  "Cost": {
    "type": "object",
    "required": ["buckets_moved", "owners_evicted"],
    "additionalProperties": false,
    "properties": {
      "buckets_moved": {"type": "integer", "minimum": 0},
      "owners_evicted": {
        "type": "integer",
        "minimum": 0,
        "description": "Owners that buckets forget though they may hold connections"
      }
    }
  },
  "Changed": {
    "type": "object",
    "required": ["generation", "changed", "dry_run", "message", "difference", "cost", "pools",
                 "warnings"],
    "additionalProperties": false,
    "properties": {
      "generation": {"type": "integer", "minimum": 0},
      "changed": {"type": "boolean"},
      "dry_run": {"type": "boolean"},
      "message": {"type": "string"},
      "difference": {"$ref": "#/components/schemas/Lines"},
      "cost": {"$ref": "#/components/schemas/Cost"},
      "pools": {
        "type": "object",
        "additionalProperties": {"$ref": "#/components/schemas/Cost"}
      },
      "warnings": {"type": "array", "items": {"type": "string"}}
    }
  },
  "Generation": {
    "type": "object",
    "required": ["number", "time", "cause", "difference", "cost", "unreachable"],
    "additionalProperties": false,
    "properties": {
      "number": {"type": "integer", "minimum": 1},
      "time": {"type": "string", "format": "date-time"},
      "cause": {"type": "string"},
      "difference": {"$ref": "#/components/schemas/Lines"},
      "cost": {"$ref": "#/components/schemas/Cost"},
      "unreachable": {"type": "array", "items": {"type": "string"}}
    }
  },
  "Generations": {
    "type": "array",
    "items": {"$ref": "#/components/schemas/Generation"}
  },
  "Difference": {
    "type": "object",
    "required": ["from", "to", "difference"],
    "additionalProperties": false,
    "properties": {
      "from": {"type": "integer", "minimum": 0},
      "to": {"type": "integer", "minimum": 0},
      "difference": {"$ref": "#/components/schemas/Lines"}
    }
  },
  "Trace": {
    "type": "object",
    "required": ["verdict", "pool", "bucket", "owners", "backend", "mark", "steps"],
    "additionalProperties": false,
    "properties": {
      "verdict": {"type": "string", "description": "A name of the counters of /v1/status"},
      "pool": {"type": ["string", "null"]},
      "bucket": {"type": ["integer", "null"], "description": "Of the pool's table, from 0"},
      "owners": {
        "type": "array",
        "description": "Of the bucket, the current one first",
        "items": {"type": "string"}
      },
      "backend": {"type": ["string", "null"], "description": "Where it goes"},
      "mark": {"type": "integer", "minimum": 0, "description": "As it leaves: 0 is none"},
      "steps": {
        "type": "array",
        "items": {
          "type": "object",
          "required": ["step", "text"],
          "additionalProperties": false,
          "properties": {"step": {"type": "string"}, "text": {"type": "string"}}
        }
      }
    }
  },
  "Problem": {
    "type": "object",
    "description": "RFC 9457; where: the keys of the part of the configuration that is wrong",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": false,
    "properties": {
      "type": {"type": "string"},
      "title": {"type": "string"},
      "status": {"type": "integer"},
      "detail": {"type": "string"},
      "where": {"type": "array", "items": {"type": "string"}}
    }
  }
})json";

}  // namespace

Json openapi_schemas() {
  const Json whole = schema_of_configuration();
  Json schemas = {{"Configuration", whole},
                  {"Pools", whole["properties"]["pools"]},
                  {"Pool", schema_of_pool()},
                  {"Backend", schema_of_backend()},
                  {"Services", whole["properties"]["services"]},
                  {"Service", schema_of_service()},
                  {"Neighbour", schema_of_neighbour()}};
  schemas.update(Json::parse(kSchemas));
  return schemas;
}

}  // namespace ricochet
