#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""nginx with a configuration, pid file and logs of its own."""

import hashlib
import random

import processes

SMALL_FILE = "10B.txt"
SMALL_CONTENT = b"1234567890\n"
LARGE_FILE = "1m.img"
LARGE_BYTES = 1 << 20

_CONFIGURATION = """\
user root;
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{
    types {{ text/plain txt; }}
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on; # header, body and FIN leave together if they fit
    access_log {directory}/access.log;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_max_body_size 0;
    server {{
        listen 80;
        root {content};
        location = /who {{ return 200 "{name}\\n"; }}
        location /upload/ {{ root {directory}; dav_methods PUT; create_full_put_path on; }}
    }}
}}
"""


def write_content(directory):
    """The files that every server serves, the same everywhere; returns name -> SHA-256."""
    directory.mkdir()
    files = {
        SMALL_FILE: SMALL_CONTENT,
        LARGE_FILE: random.Random(LARGE_BYTES).randbytes(LARGE_BYTES),
    }
    for name, content in files.items():
        (directory / name).write_bytes(content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


class WebServer:
    """nginx in a namespace, on port 80.

    GET /10B.txt, /1m.img; GET /who says which server it is; PUT /upload/NAME ends up in
    directory/upload/NAME.
    """

    def __init__(self, namespace, name, directory, content):
        directory.mkdir()
        self.directory = directory
        configuration = directory / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(directory=directory, content=content, name=name)
        )
        self.process = processes.Process(
            namespace.command("nginx", "-c", configuration, "-p", directory),
            directory / "nginx.log",
        )
        self._namespace = namespace

    def wait_ready(self):
        def listens():
            if not self.process.running():
                raise processes.LabError(
                    f"nginx ended with {self.process.popen.returncode}: {self.process.said()}"
                )
            return self._namespace.run("ss", "-Hltn", "sport = :80").stdout.strip()

        processes.wait_until(listens, f"nginx to listen in {self._namespace.name}")

    def requests(self):
        """Lines of the access log so far."""
        log = self.directory / "access.log"
        return log.read_text().splitlines() if log.exists() else []

    def quit(self):
        """Graceful: the listener closes, connections that exist are served to their end."""
        self.process.popen.send_signal(processes.signal.SIGQUIT)

    def stop(self):
        self.process.stop()
