# SPDX-License-Identifier: Apache-2.0
"""A TCP client made by hand, packet by packet, for what a kernel would not do.

It has an address of its own at the link of the lab's client, so no kernel answers for it.
"""

from frames import Interface
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from topology import ROUTER_MAC, SERVICE

ADDRESS = "10.0.1.50"
TIMEOUT_S = 10.0
FIN, SYN, RST = 0x01, 0x02, 0x04


class RawClient:
    def __init__(self, lab):
        self._mac = lab.client.mac
        lab.router_namespace.ip(
            f"neighbour replace {ADDRESS} lladdr {self._mac}"
            f" dev {lab.client.router_interface} nud permanent"
        )
        self._interface = Interface(lab.client)

    def close(self):
        self._interface.close()

    def send(self, segment, payload=b"", **ip_fields):
        """A TCP layer to the service."""
        packet = IP(src=ADDRESS, dst=SERVICE, **ip_fields) / segment / payload
        self._interface.send(Ether(src=self._mac, dst=ROUTER_MAC) / packet)

    def receive(self, port, wanted):
        """The TCP layer of the first packet to `port` for which wanted(tcp) holds; TimeoutError
        when none comes."""

        def is_wanted(frame):
            mine = IP in frame and frame[IP].dst == ADDRESS and TCP in frame
            return mine and frame[TCP].dport == port and wanted(frame[TCP])

        return self._interface.receive(is_wanted, TIMEOUT_S)[TCP]


class RawFlow:
    """One connection of the raw client. A RST is an error wherever it is not waited for."""

    def __init__(self, client, port, server_port=80, first_sequence=1_000_000):
        self._client = client
        self._port = port
        self._server_port = server_port
        self._first_sequence = first_sequence
        self.sequence = first_sequence  # of the next byte to send
        self.expected = 0  # of the next byte to receive

    def send(self, flags, payload=b"", sequence=None, acknowledgement=None, **ip_fields):
        """With the numbers of the connection where none are given; does not count them up."""
        segment = TCP(
            sport=self._port,
            dport=self._server_port,
            flags=flags,
            seq=self.sequence if sequence is None else sequence,
            ack=self.expected if acknowledgement is None else acknowledgement,
            window=65535,
        )
        self._client.send(segment, payload, **ip_fields)

    def send_syn(self, **ip_fields):
        self.send("S", sequence=self._first_sequence, acknowledgement=0, **ip_fields)

    def receive(self, wanted):
        return self._client.receive(self._port, lambda tcp: _no_reset(tcp) and wanted(tcp))

    def receive_reset(self):
        return self._client.receive(self._port, lambda tcp: tcp.flags & RST)

    def receive_syn_ack(self, unlike=None):
        """unlike: an earlier one; then that of another socket is waited for."""
        return self.receive(
            lambda tcp: tcp.flags & SYN
            and tcp.ack == self._first_sequence + 1
            and (unlike is None or tcp.seq != unlike.seq)
        )

    def accept(self, syn_ack, **ip_fields):
        """The client's view from now on; sends the ACK that ends the handshake."""
        self.sequence = self._first_sequence + 1
        self.expected = syn_ack.seq + 1
        self.send("A", **ip_fields)

    def connect(self):
        self.send_syn()
        self.accept(self.receive_syn_ack())

    def get(self, path, version="1.1", **ip_fields):
        """The whole reply, which must come in one segment; it is acknowledged."""
        request = f"GET {path} HTTP/{version}\r\nHost: {SERVICE}\r\n\r\n".encode()
        self.send("PA", request, **ip_fields)
        self.sequence += len(request)
        reply = self.receive(lambda tcp: tcp.seq == self.expected and bytes(tcp.payload))
        self.expected += len(reply.payload)
        if not reply.flags & FIN:
            self.send("A", **ip_fields)
        return bytes(reply.payload)

    def close_after_server(self):
        """Waits for the FIN of the server, or for it again, and answers with the own one."""
        self.receive(lambda tcp: tcp.flags & FIN)
        self.expected += 1
        self.send("FA")

    def server(self, **ip_fields):
        """The name of the server that answers now."""
        return self.get("/who", **ip_fields).rpartition(b"\r\n\r\n")[2].decode().strip()


def _no_reset(tcp):
    assert not tcp.flags & RST, "the connection was reset"
    return True
