// SPDX-License-Identifier: Apache-2.0
//
// A program on its ports, each held by a pinned bpf_link: it stays when the daemon goes.
// While the daemon runs it holds the links as well, so that one that is attached needs nothing of
// the machine to stay so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/interface.h"
#include "dataplane/state_dir.h"
#include "util/fd.h"
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

  // Makes the program, always the same one, run on the ports that are there and takes all other
  // links of the state directory away. A link pinned there stays and gets the program atomically,
  // one of an earlier call is not touched, unless the mode has to change. Does not push another
  // program off an interface. The first port that refuses ends it, and no new link stays.
  [[nodiscard]] std::optional<Refusal> attach(int program_fd, const std::vector<Port>& ports);

 private:
  // Of a port that is there.
  struct Link {
    size_t index = 0;  // of the port
    std::string port;
    uint32_t ifindex = 0;
    std::filesystem::path path;
    Fd fd = {};
    bool pinned = false;
    bool native = false;
    std::optional<Error> failure = {};   // whether there is a link, and of what mode, is not known
    std::string_view news = "attached";  // for people; empty: told
  };
  using Links = std::vector<Link>;

  void release_others(const std::vector<Port>& ports);
  [[nodiscard]] Links find_new(const std::vector<Port>& ports) const;
  [[nodiscard]] static std::optional<Refusal> make_native(int program_fd, Links& links,
                                                          std::vector<std::string>& refusing);
  [[nodiscard]] std::optional<Refusal> make_generic(int program_fd, Links& links);
  [[nodiscard]] static std::optional<Refusal> pin(Links& links);
  [[nodiscard]] static Result<void> look_up(Link& link);
  [[nodiscard]] static Refusal refusal(const Link& link, int code);
  [[nodiscard]] static Refusal refusal(const Link& link, Refusal::Kind kind, Error error);
  void remove_others(const std::vector<Port>& ports) const;
  void report(const std::vector<std::string>& refusing);

  StateDir state_;
  Links links_;                 // that run the program
  std::optional<bool> native_;  // as of the last attach
};

struct LinkedProgram {
  uint32_t ifindex = 0;  // 0: there is no link, or its interface went away
  uint32_t program_id = 0;
};

// Of the link pinned there. An error if that cannot be told.
Result<LinkedProgram> linked_program(const std::filesystem::path& pin);

// The interfaces that a link of this state directory is on, by ifindex.
Result<std::map<uint32_t, std::string>> find_linked(const StateDir& state);

}  // namespace ricochet
