// SPDX-License-Identifier: Apache-2.0
#include "capture/pcapng_writer.h"

#include <fmt/format.h>

#include <string_view>
#include <type_traits>
#include <utility>

#include "abi/ricochet.h"

namespace ricochet {
namespace {

// Numbers of the pcapng specification. They are written in this machine's byte order, which a
// reader learns from the magic number of the section header.
constexpr uint32_t kSectionHeaderBlock = 0x0a0d0d0a;
constexpr uint32_t kInterfaceBlock = 1;
constexpr uint32_t kEnhancedPacketBlock = 6;

constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint16_t kVersionMajor = 1;
constexpr uint16_t kVersionMinor = 0;
constexpr uint64_t kSectionLengthUnknown = ~uint64_t{0};
constexpr uint16_t kLinkTypeEthernet = 1;

constexpr uint16_t kOptionEnd = 0;
constexpr uint16_t kOptionComment = 1;
constexpr uint16_t kOptionSectionApplication = 4;
constexpr uint16_t kOptionInterfaceName = 2;
constexpr uint16_t kOptionInterfaceTimeResolution = 9;
constexpr uint16_t kOptionPacketFlags = 2;

constexpr uint8_t kNanoseconds = 9;  // negative power of ten
constexpr uint32_t kFlagInbound = 1;
constexpr uint32_t kFlagOutbound = 2;

// A block under construction: its type, a body of fields, options at the end.
class Block {
 public:
  explicit Block(uint32_t type) : type_(type) {}

  template <class T>
  Block& field(T value) {
    static_assert(std::is_integral_v<T>);
    body_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }

  Block& bytes(std::string_view bytes) {
    body_.append(bytes);
    body_.append((4 - bytes.size() % 4) % 4, '\0');
    return *this;
  }

  Block& option(uint16_t code, std::string_view value) {
    return field(code).field(static_cast<uint16_t>(value.size())).bytes(value);
  }

  template <class T>
  Block& number_option(uint16_t code, T value) {
    return option(code, {reinterpret_cast<const char*>(&value), sizeof(value)});
  }

  // Ends the options, and writes type, length, body, length.
  void write_to(std::ostream& out) {
    option(kOptionEnd, "");
    const auto length = static_cast<uint32_t>(body_.size() + 3 * sizeof(uint32_t));
    const auto write = [&out](uint32_t value) {
      out.write(reinterpret_cast<const char*>(&value), sizeof(value));
    };
    write(type_);
    write(length);
    out.write(body_.data(), static_cast<std::streamsize>(body_.size()));
    write(length);
  }

 private:
  uint32_t type_;
  std::string body_;
};

std::string comment(const std::optional<Verdict>& verdict) {
  if (!verdict) return "verdict not known: its record was lost";
  return fmt::format("{}: {}", verdict->name, verdict->meaning);
}

}  // namespace

PcapngWriter::PcapngWriter(std::ostream& out, std::function<std::string(uint32_t)> interface_name)
    : out_(out), interface_name_(std::move(interface_name)) {
  Block(kSectionHeaderBlock)
      .field(kByteOrderMagic)
      .field(kVersionMajor)
      .field(kVersionMinor)
      .field(kSectionLengthUnknown)
      .option(kOptionSectionApplication, "ricochet capture")
      .write_to(out_);
}

void PcapngWriter::write(const CapturedPacket& packet) {
  const uint32_t interface = interface_id(packet.ifindex);
  const bool outbound = packet.direction == PacketDirection::out;
  Block(kEnhancedPacketBlock)
      .field(interface)
      .field(static_cast<uint32_t>(packet.time_ns >> 32))
      .field(static_cast<uint32_t>(packet.time_ns))
      .field(static_cast<uint32_t>(packet.bytes.size()))
      .field(packet.packet_bytes)
      .bytes({reinterpret_cast<const char*>(packet.bytes.data()), packet.bytes.size()})
      .number_option(kOptionPacketFlags, outbound ? kFlagOutbound : kFlagInbound)
      .option(kOptionComment, comment(packet.verdict))
      .write_to(out_);
}

// Describes an interface in the file when its first packet comes.
uint32_t PcapngWriter::interface_id(uint32_t ifindex) {
  const auto next = static_cast<uint32_t>(interface_ids_.size());
  const auto [position, added] = interface_ids_.try_emplace(ifindex, next);
  if (added) {
    Block(kInterfaceBlock)
        .field(kLinkTypeEthernet)
        .field(uint16_t{0})  // reserved
        .field(uint32_t{RCH_TAP_SNAP_BYTES})
        .option(kOptionInterfaceName, interface_name_(ifindex))
        .number_option(kOptionInterfaceTimeResolution, kNanoseconds)
        .write_to(out_);
  }
  return position->second;
}

}  // namespace ricochet
