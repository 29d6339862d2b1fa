// SPDX-License-Identifier: Apache-2.0
//
// A program on its ports, each held by a pinned bpf_link: it stays when the daemon goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/interface.h"
#include "dataplane/state_dir.h"
#include "util/result.h"

namespace ricochet {

// Native XDP on all ports or generic XDP on all: what native XDP redirects into an interface whose
// driver has no XDP is lost without a word, while generic XDP redirects to any. A link that is
// generic stays so until it is detached, because only a gap would show whether it must be.
class XdpLinks {
 public:
  // A port that the program cannot be attached to.
  struct Refusal {
    enum class Kind {
      gone,    // its interface is not there any more
      taken,   // another program is on it
      failed,  // the machine fails, which may say nothing of the port
    };
    size_t port;  // index in the ports given
    Kind kind;
    Error error;
  };

  explicit XdpLinks(StateDir state) : state_(std::move(state)) {}

  // What attach() would refuse for another program on an interface, while nothing is done yet.
  [[nodiscard]] Result<void> check(const std::vector<Port>& ports) const;

  // Makes the program run on the ports that are there and takes all other links of the state
  // directory away. A link pinned there stays and gets the program atomically, unless its mode has
  // to change. Does not push another program off an interface. The first port that refuses ends it,
  // and no new link stays.
  [[nodiscard]] std::optional<Refusal> attach(int program_fd, const std::vector<Port>& ports);

 private:
  struct Link;

  std::vector<Link> find_links(const std::vector<Port>& ports) const;
  [[nodiscard]] std::optional<Refusal> make_native(int program_fd, std::vector<Link>& links,
                                                   std::vector<std::string>& refusing) const;
  [[nodiscard]] std::optional<Refusal> make_generic(int program_fd, std::vector<Link>& links) const;
  [[nodiscard]] std::optional<Refusal> pin(std::vector<Link>& links) const;
  [[nodiscard]] static Refusal refusal(const Link& link, int code);
  void remove_others(const std::vector<Port>& ports) const;
  void report(const std::vector<Link>& links, const std::vector<std::string>& refusing);

  StateDir state_;
  std::optional<bool> native_;             // as of the last attach
  std::map<std::string, uint32_t> known_;  // port to ifindex, what report() has told
};

// Where the link pinned there is; 0 if there is none, or its interface went away.
uint32_t linked_ifindex(const std::filesystem::path& pin);

}  // namespace ricochet
