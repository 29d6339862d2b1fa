// SPDX-License-Identifier: Apache-2.0
#include "dataplane/explanations.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

struct NamedMeaning {
  std::string_view name;
  Meaning meaning;
};

#define RCH_OF_ROUTER(constant, name, text) NamedMeaning{name, {"router", "verdict", text}},
#define RCH_ON_ROUTER(constant, name, text) NamedMeaning{name, {"router", "event", text}},
#define RCH_OF_AGENT(constant, name, text) NamedMeaning{name, {"agent", "verdict", text}},
#define RCH_ON_AGENT(constant, name, text) NamedMeaning{name, {"agent", "event", text}},
constexpr std::array kMeanings{RCH_ROUTER_VERDICTS(RCH_OF_ROUTER) RCH_ROUTER_EVENTS(RCH_ON_ROUTER)
                                   RCH_AGENT_VERDICTS(RCH_OF_AGENT) RCH_AGENT_EVENTS(RCH_ON_AGENT)};
#undef RCH_OF_ROUTER
#undef RCH_ON_ROUTER
#undef RCH_OF_AGENT
#undef RCH_ON_AGENT

struct Words {
  std::string_view name;
  std::string_view why;
  std::string_view advice;
};

constexpr Words kWords[] = {
    // Of the router, also where the agent has the same name.
    {"forward",
     "The usual case. The packet had no mark, or none that was believed, and went to the current "
     "owner of its bucket, or to the first live owner after it.",
     "Nothing. The program does not count it: `ricochet status` shows the traffic of the "
     "backends less `bounced`, `final`, `pinned`, `restarted`, `kept` and `quic`."},
    {"bounced",
     "The bucket of a connection has moved to another server. That server did not have the "
     "connection and sent the packet back, so the router sent it to the owner before.",
     "Nothing: a connection that moved does this once, and then has a pin; without pins "
     "(pin_memory_mib: 0) for as long as it lives. A share that does not fall means more moved "
     "connections than there is room for pins, or packets that belong to no connection."},
    {"final",
     "Every owner that the bucket remembers said that the connection is not its own. The first "
     "live one gets the packet for good, and its kernel answers, as a rule with a reset.",
     "A few are strays: port scans, clients that were away for long. Many mean that connections "
     "are lost: look in `ricochet status` for backends that are not live, and in the router's "
     "log for the warning that buckets forget."},
    {"pinned",
     "The packet is of a connection that had moved. Its first packet after that was bounced until "
     "a "
     "server took it, and the router noted which: the pin. The packet went there at once.",
     "Nothing. How many pins there are `ricochet status` shows."},
    {"restarted",
     "A pin sent the packet to a server that does not have its connection. That server sent it "
     "back, the pin was forgotten, and the search began at the current owner of the bucket.",
     "A few: a client took the ports of an old connection again, or packets overtook each other "
     "while a connection was being found. Many: servers that lose connections, as on a restart."},
    {"kept",
     "The service keeps flows (keep_flows), and this one has begun with that server. It goes there "
     "also when its bucket has moved, until nothing came for flow_idle_s.",
     "Nothing. How many flows are kept `ricochet status` shows."},
    {"quic",
     "The service reads QUIC connection IDs (quic), and this packet's begins with the quic_id of "
     "that server: its connection is there, whatever the client's address is now.",
     "Nothing."},
    {"echo",
     "Somebody pinged an address that has services by port and none that takes ICMP. The router "
     "answered in the servers' stead.",
     "Nothing. With answer_echo: false the kernel gets these packets."},
    {"routed",
     "The packet is to no service, and the kernel's routes and neighbours say where it goes, so "
     "the router sent it there itself (forward_other: fib).",
     "Nothing. The rules of netfilter do not see these packets: where they have to, use "
     "forward_other: kernel."},
    {"pass_not_ip", "ARP and frames with more than two VLAN tags are not balanced.", "Nothing."},
    {"pass_neighbour",
     "Neighbour discovery is how hosts of an IPv6 network find each other, as ARP is with IPv4. "
     "The "
     "router takes part in it itself, so no service gets it, whatever its destination.",
     "Nothing."},
    {"pass_no_service",
     "No service has the address, protocol and port that the packet is to, nor the address with "
     "every port, nor a prefix around it. The kernel gets the packet as if Ricochet were not "
     "there.",
     "Nothing, if it is so meant. Else compare the packet with the services of the router. A "
     "fragment has no port, so a service with a port does not see it."},
    {"drop_malformed",
     "The frame is shorter than its headers say, or a header gives itself an impossible length. "
     "The router drops such packets whatever they are to.",
     "Look at the sender: `ricochet capture` at the router shows the packets."},
    {"drop_extensions",
     "Between its IPv6 header and what it carries the packet has more than six extension headers. "
     "The router reads no more of them, so it does not know the ports.",
     "Look at the sender: `ricochet capture` shows the packets. Nobody needs so many."},
    {"drop_fragment",
     "Only the first fragment of a packet tells the ports, by which the others find its server. "
     "It has not come, came later than this one, or was forgotten: the router remembers 16,384.",
     "A few: packets overtake each other, and are sent again. Many, maybe with forged addresses: "
     "an attack. Keep clients and what is between from fragmenting: lower their MTU, or let path "
     "MTU "
     "discovery through (ICMP \"fragmentation needed\")."},
    {"drop_ttl_expired",
     "The packet had a TTL of 1 or 0 left and had to be sent on. Each router and each agent "
     "takes one off, so what goes round in circles ends here.",
     "A few: somebody runs traceroute. Many: a loop, often because something on the way rewrites "
     "the mark (DSCP). `ricochet capture` at the router and at an agent shows the same packet "
     "again and again."},
    {"drop_no_backend",
     "No owner of the packet's bucket is live: each is dead, or no neighbour is known for it. Or "
     "the packet opens a connection, and the pool has no member that takes new ones.",
     "Add a backend, or the neighbour of one (`ricochet neighbour add`). `ricochet trace` shows "
     "the owners of the bucket and why each was skipped."},
    {"drop_no_neighbour",
     "The backend is `connected`: the packet goes to its own destination. The router does not "
     "know the MAC address and port of that destination.",
     "`ricochet neighbour add` the destination, if it exists. Packets to addresses that nobody "
     "has end here as well."},
    {"drop_no_port",
     "The next hop is behind a port whose interface is not there: it was removed, or --ports no "
     "longer names it.",
     "Look at that port in `ricochet status` and at `ip link`. When the interface comes back the "
     "router takes it up again."},
    {"drop_settling",
     "A packet came back from the last owner just after a change. Owners may have changed places "
     "while it was on its way, so one of them may not have been asked. A lost packet is sent "
     "again; a reset would end the connection.",
     "Nothing: it ends --settle-ms after the change. If it goes on, the daemon does not run: it "
     "ends the settling, so start it."},
    {"drop_foreign_mark",
     "A packet with a mark came in on an interface of --backend-ports, from a MAC address that "
     "is no backend's. Nobody but backends should be there.",
     "If the sender is a server, its neighbour has another MAC address, or it is a backend said "
     "to have no agent: correct that. Else find out who sends there."},
    {"mark_cleared",
     "A packet had a mark, but did not come from the MAC address of a backend. The mark was not "
     "believed, and removed if the packet was sent on.",
     "Clients that use DSCP 3, 7, 11, 15, 19 or 23 (with `ecmp-er`: a ToS byte of 0x01) lose it; "
     "that is "
     "all. If servers cause it, their neighbours have the wrong MAC address, or they are "
     "backends without an agent. Else somebody tries to choose a server."},
    {"pin_miss",
     "Some flow of the packet's bucket has a pin, or had one lately, so the pins were looked "
     "through; this flow has none, or one to a server that is not live.",
     "Nothing: this costs a few nanoseconds. It is not a verdict: the packet goes where it would "
     "have gone."},
    {"pin_evicted",
     "The eight places for the pins that this flow's could be among were all taken. The one that "
     "was not used for longest was given to the new one; its connection is bounced once more, or "
     "lost if its bucket has forgotten the server.",
     "A few are no harm. Many: give pins more memory (`pin_memory_mib`)."},
    {"flow_evicted",
     "The eight places for the flows that are kept, and that this one could be among, were all "
     "taken. The one that was idle for longest was forgotten; where its bucket has moved, it goes "
     "to another server now.",
     "A few are no harm. Many: give flows more memory (`flow_memory_mib`), or fewer seconds "
     "(`flow_idle_s`)."},
    // Of the agent alone.
    {"pass_not_guarded",
     "The server got a packet that is not to one of its service addresses: its own traffic.",
     "Nothing, if it is so meant. Else see that the service address is on `lo`, or name it with "
     "--service-address."},
    {"pass_malformed",
     "The frame is shorter than its headers say, or a header gives itself an impossible length.",
     "Look at the sender. The kernel drops the packet and counts it (`nstat`)."},
    {"pass_extensions",
     "The packet has more than six IPv6 extension headers. The agent reads no more of them.",
     "Look at the sender. The kernel decides."},
    {"take_not_tcp", "Only TCP has connections that a server can be asked for.", "Nothing."},
    {"take_fragment",
     "A later fragment does not tell its ports, and no first one of its packet was bounced here. "
     "The kernel puts it together with the others.",
     "Nothing."},
    {"take_syn", "A new connection begins, at the server that the router chose for it.",
     "Nothing."},
    {"take_final",
     "The router has asked every owner of the bucket and marked the packet final. Nobody has its "
     "connection, so the kernel of this server answers, as a rule with a reset. With `ecmp-er` "
     "any marked packet is final.",
     "A few are strays. Many: see `final` at the router."},
    {"take_socket", "The usual case: the connection of the packet is at this server.", "Nothing."},
    {"take_cookie",
     "This server answered a SYN with a SYN cookie and has kept nothing about it; the ACK proves "
     "it.",
     "SYN cookies are in use: the queue of the listener overflows (a burst, or a SYN flood), or "
     "they are forced by net.ipv4.tcp_syncookies."},
    {"bounce",
     "The connection of the packet is not at this server: the bucket has moved. The packet goes "
     "back to the router, marked with the next attempt, and from there to an older owner.",
     "Nothing. The server that has the connection counts the packet as `take_socket`."},
    {"drop_budget",
     "More packets of connections that are not here came than this CPU may bounce. A flood of "
     "them would else go round the network again.",
     "Find out who sends them: `ricochet capture` at the server. If they are of real "
     "connections, which a big change can cause, raise --bounce-rate."},
    {"bounce_unfit",
     "A socket has the addresses and ports of the packet, but its sequence numbers are of "
     "another connection: a twin of a SYN that was sent twice across a change, or an old "
     "TIME_WAIT. The packet counts as not ours: bounced, or dropped.",
     "Nothing: the check of sequence numbers did its work."},
};

}  // namespace

std::optional<Explanation> explain(std::string_view name) {
  Explanation explanation;
  for (const NamedMeaning& named : kMeanings) {
    if (named.name != name) continue;
    explanation.name = named.name;
    explanation.meanings.push_back(named.meaning);
  }
  const auto words = std::ranges::find(kWords, name, &Words::name);
  if (words == std::end(kWords)) return std::nullopt;
  explanation.why = words->why;
  explanation.advice = words->advice;
  return explanation;
}

std::vector<std::string_view> explained_names() {
  std::vector<std::string_view> names;
  for (const Words& words : kWords) names.push_back(words.name);
  return names;
}

}  // namespace ricochet
