# SPDX-License-Identifier: Apache-2.0
"""Downloads and uploads that stand half-way while the network around them changes."""

UPLOAD_BYTES = 1 << 20
PAUSE_AFTER_BYTES = 1 << 16
COUNT = 24  # so many that all of them on one of two servers is out of the question


def half_downloads(net, count=COUNT):
    """Connections with a part of their file here and the rest at their servers."""
    downloads = net.lab.download(count, count, pause_after=PAUSE_AFTER_BYTES)
    assert downloads.wait_paused() == {"event": "paused", "connections": count, "lost": 0}
    return downloads


def half_uploads(net, count=COUNT):
    uploads = net.lab.upload(count, count, UPLOAD_BYTES, pause_after=PAUSE_AFTER_BYTES)
    assert uploads.wait_paused() == {"event": "paused", "connections": count, "lost": 0}
    return uploads


def finish(transfers):
    """Goes on and returns the result."""
    transfers.resume()
    return transfers.result()


def assert_none_lost(result):
    """Hashes of what arrived are part of it, see demo/download.py."""
    assert result["losses"] == []
    assert result["completed"] == result["requests"] > 0
