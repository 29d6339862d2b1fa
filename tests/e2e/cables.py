# SPDX-License-Identifier: Apache-2.0
"""The cables between the router and its hosts: cut, pulled out, plugged in again."""

import topology


def cut(host):
    """Both ends of the link lose their carrier."""
    host.namespace.ip(f"link set {host.interface} down")


def mend(host):
    topology.configure_link(host)


def unplug(lab, host):
    """The router's port is gone, and the host's interface with it."""
    lab.router_namespace.ip(f"link delete {host.router_interface}")


def plug_in(lab, host):
    """New interfaces with the old names at both ends. Who looked at the old ones has to be started
    again (an agent), or to notice (a router)."""
    topology.connect(lab.router_namespace, host)
    topology.configure_router(lab.router_namespace, [host])
    topology.configure_link(host)
